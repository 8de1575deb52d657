// Paths: what cannot be explored is said: fork(), a system call that blocks, a loop without any
// operation, memory that the system refuses. What would end the process is a finding.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/thread.hpp>
#include <twill/tools/explore.hpp>

#include "support/child.hpp"
#include "support/misuse.hpp"
#include "support/sanitizers.hpp"
#include "tools/patterns.hpp"

namespace {

using namespace std::chrono_literals;
using twill::explore;
using twill::Finding;

TEST(OutsideTest, a_fork_is_a_finding_and_its_child_is_gone) {
  const auto found = explore([] {
    twill::Thread parent({.name = "parent"}, [] {
      const int child = fork();
      if (child > 0) waitpid(child, nullptr, 0);
    });
    parent.start();
    parent.join();
  });
  EXPECT_EQ(found.finding, Finding::outside) << found.report();
  EXPECT_NE(found.failure.find("fork() by parent"), std::string::npos) << found.failure;
}

TEST(OutsideTest, what_would_end_the_process_is_a_finding) {
  if (support::kAddressSanitizer) GTEST_SKIP() << "what that thread had is lost: a leak";
  const auto found = explore([] {
    auto lock = std::make_unique<twill::Lock>();
    twill::Thread forgetful([&] { lock->lock(); });
    forgetful.start();
    forgetful.join();
    lock.reset();
  });
  EXPECT_EQ(found.finding, Finding::misuse) << found.report();
  EXPECT_NE(found.failure.find("is destroyed while"), std::string::npos) << found.failure;
}

TEST(OutsideTest, an_exploration_goes_on_after_a_misuse) {
  const auto found = explore([] {
    twill::Lock lock;
    twill::Thread one([&] { const std::scoped_lock hold(lock); });
    one.start();
    one.join();
  });
  EXPECT_TRUE(found.exhaustive) << found.report();
}

using OutsideDeathTest = testing::Test;

TEST(OutsideDeathTest, a_call_that_blocks_is_named) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(explore([] { pause(); }, {.patience = 200ms}),
               "a thread of the body sleeps outside of twill, and has made no step for 200 ms");
}

TEST(OutsideDeathTest, a_loop_without_a_step_is_named) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(explore(
                   [] {
                     for (volatile bool go = true; go;) {
                     }
                   },
                   {.patience = 200ms}),
               "a thread of the body loops outside of twill");
}

/// Answers whether that is so: an emulator needs its memory itself.
bool leave_two_megabytes() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t most = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + (2 << 20);
  const rlimit limit{most, most};
  setrlimit(RLIMIT_AS, &limit);
  return mmap(nullptr, 4 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

int explore_twenty_threads() {
  return explore([] { patterns::run(std::vector<patterns::Body>(20, [] {})); }) ? 0 : 1;
}

TEST(OutsideTest, a_stack_that_the_system_refuses_is_named) {
  if (support::kThreadSanitizer || support::kAddressSanitizer)
    GTEST_SKIP() << "a sanitizer needs more addresses itself";
  const auto child =
      support::run_in_child([] { return leave_two_megabytes() ? explore_twenty_threads() : 77; });
  if (child.exit_code == 77) GTEST_SKIP() << "no such limit here";
  EXPECT_EQ(child.signal, SIGABRT) << child.text;
  EXPECT_NE(child.text.find("no stack for a fiber: Cannot allocate memory"), std::string::npos)
      << child.text;
}

}  // namespace
