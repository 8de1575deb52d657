// Paths: the kernel refuses `twill explore` memory, processes, descriptors: it says so, and ends.

#ifdef TWILL_COMMAND

#include <cstdlib>
#include <linux/close_range.h>
#include <unistd.h>

#include "examples/command.hpp"
#include "support/sanitizers.hpp"

namespace examples {
namespace {

support::Answer explore_with(const std::string& limits) {
  close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);  // a program begins with three descriptors
  return explore(TWILL_EXAMPLE_DIR "/two_trains", limits);
}

void expect_refusal(const support::Answer& answer, const std::string& sentence) {
  EXPECT_EQ(answer.status, 2) << answer.text;
  EXPECT_EQ(count(split(answer.text), sentence), 1) << answer.text;
}

TEST(CommandRefusalsTest, no_memory_for_the_search) {
  if (support::kThreadSanitizer || support::kAddressSanitizer)
    GTEST_SKIP() << "a sanitizer needs more addresses itself";
  expect_refusal(explore_with("prlimit --as=1000000000"),
                 "twill explore: 4 GiB of addresses for the search: Cannot allocate memory");
}

TEST(CommandRefusalsTest, no_descriptor_for_the_command) {
  if (support::kAddressSanitizer) GTEST_SKIP() << "AddressSanitizer needs a descriptor itself";
  expect_refusal(explore_with("prlimit --nofile=4"), "twill: pipe: Too many open files");
}

/// For root, to whom that limit does not apply, as another user, who has no other processes.
std::string with_processes(int most) {
  const std::string limit = "prlimit --nproc=" + std::to_string(most);
  const std::string user = std::to_string(20'000 + getpid() % 40'000);
  return getuid() != 0 ? limit
                       : limit + " setpriv --clear-groups --regid=" + user + " --reuid=" + user;
}

bool limits_apply() {
  return std::system((with_processes(100) + " test -x " TWILL_COMMAND " 2>/dev/null").c_str()) == 0;
}

TEST(CommandRefusalsTest, no_process_for_the_program) {
  if (support::kAddressSanitizer) GTEST_SKIP() << "AddressSanitizer needs a process itself";
  if (!limits_apply()) GTEST_SKIP() << "another user does not get there";
  expect_refusal(explore_with(with_processes(1)), "twill: fork: Resource temporarily unavailable");
}

TEST(CommandRefusalsTest, no_process_for_an_execution) {
  if (getuid() != 0) GTEST_SKIP() << "this user has other processes";
  if (!limits_apply()) GTEST_SKIP() << "another user does not get there";
  expect_refusal(explore_with(with_processes(2)),
                 "twill explore: fork\\(\\) of the program to be explored: "
                 "Resource temporarily unavailable");
}

}  // namespace
}  // namespace examples

#endif
