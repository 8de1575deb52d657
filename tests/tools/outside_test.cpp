// Paths: what cannot be explored is said: fork(), a system call that blocks, a loop without any
// operation. What would end the process is a finding.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <twill/park/clock.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/thread.hpp>
#include <twill/tools/explore.hpp>

#include "support/misuse.hpp"
#include "support/sanitizers.hpp"

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

}  // namespace
