// Paths: each call that start() needs is refused: the process stays un-started, nothing is left
// over, and it can be started later.

#include <string>
#include <sys/wait.h>
#include <tuple>

#include <gtest/gtest.h>

#include <twill/mp/process.hpp>
#include <twill/platform/error.hpp>

#include "mp/chaos.hpp"
#include "platform/fault.hpp"
#include "support/child.hpp"

namespace {

namespace mp = twill::mp;
using chaos::open_descriptors;
using twill::detail::Fault;

/// Each as a daemon, which needs most.
struct Method {
  std::string name;
  mp::Process (*make)();
};

void nothing() {}
const Method kMethods[] = {
    {"fork", [] { return mp::Process({.daemon = true}, nothing); }},
    {"spawn", [] { return mp::Process(mp::spawn, {.daemon = true}, nothing); }},
    {"forkserver", [] { return mp::Process(mp::forkserver, {.daemon = true}, nothing); }}};

class ProcessRefusedTest : public testing::TestWithParam<std::tuple<Method, Fault>> {};

TEST_P(ProcessRefusedTest, leaves_it_unstarted) {
  const auto& [method, fault] = GetParam();
  const auto result = support::run_in_child([&] {
    mp::Process process = method.make();
    int descriptors = 0;
    twill::detail::refuse_after(fault, 0);
    for (int i = 0; i < 3; ++i) {
      try {
        process.start();
        return 1;
      } catch (const twill::OSError&) {
      }
      if (i == 0) descriptors = open_descriptors();  // the lifeline stays
    }
    if (open_descriptors() != descriptors) return 2;
    if (process.is_alive() || process.pid() || !mp::active_children().empty()) return 3;
    siginfo_t info;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != -1) return 4;
    twill::detail::refuse_no_more(fault);
    process.start();
    process.join();
    return process.exitcode() == 0 ? 0 : 5;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
}

const auto name_of = [](const testing::TestParamInfo<std::tuple<Method, Fault>>& test) {
  return std::get<0>(test.param).name + std::to_string(static_cast<int>(std::get<1>(test.param)));
};

INSTANTIATE_TEST_SUITE_P(By, ProcessRefusedTest,
                         testing::Combine(testing::ValuesIn(kMethods),
                                          testing::Values(Fault::fork, Fault::pidfd_open,
                                                          Fault::eventfd, Fault::lifeline)),
                         name_of);
INSTANTIATE_TEST_SUITE_P(ByMemory, ProcessRefusedTest,
                         testing::Combine(testing::Values(kMethods[1], kMethods[2]),
                                          testing::Values(Fault::memory_file)),
                         name_of);

}  // namespace
