// Paths: each call that start() needs is refused: the process stays un-started, nothing is left
// over, and it can be started later.

#include <atomic>
#include <string>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include <twill/mp/process.hpp>
#include <twill/platform/error.hpp>

#include "mp/chaos.hpp"
#include "platform/fault.hpp"
#include "support/child.hpp"

namespace {

namespace mp = twill::mp;
using chaos::Common;
using chaos::open_descriptors;

class ProcessRefusedTest : public testing::TestWithParam<twill::detail::Fault> {};

TEST_P(ProcessRefusedTest, leaves_it_unstarted) {
  const Common<std::atomic<bool>> ran(false);
  const auto result = support::run_in_child([&] {
    mp::Process process({.daemon = true}, [&] { *ran = true; });
    int descriptors = 0;
    twill::detail::refuse_after(GetParam(), 0);
    for (int i = 0; i < 3; ++i) {
      try {
        process.start();
        return 1;
      } catch (const twill::OSError&) {
      }
      if (i == 0) descriptors = open_descriptors();  // the lifeline stays
    }
    if (open_descriptors() != descriptors) return 2;
    if (process.is_alive() || process.pid() || *ran || !mp::active_children().empty()) return 3;
    siginfo_t info;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != -1) return 4;
    twill::detail::refuse_no_more(GetParam());
    process.start();
    process.join();
    return process.exitcode() == 0 && *ran ? 0 : 5;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
}

INSTANTIATE_TEST_SUITE_P(
    By, ProcessRefusedTest,
    testing::Values(twill::detail::Fault::fork, twill::detail::Fault::pidfd_open,
                    twill::detail::Fault::eventfd, twill::detail::Fault::lifeline),
    [](const auto& test) { return std::to_string(static_cast<int>(test.param)); });

}  // namespace
