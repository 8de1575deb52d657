// Queues at rest: those who wait cost nothing, and are told when nobody is left who could end their
// waits.

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/queue/priority_queue.hpp>
#include <twill/queue/queue.hpp>

#include "support/child.hpp"
#include "support/idle.hpp"
#include "support/runner.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

template <class Q>
class RestTest : public testing::Test {};

using Kinds = testing::Types<twill::Queue<int>, twill::PriorityQueue<int>>;
TYPED_TEST_SUITE(RestTest, Kinds);

TYPED_TEST(RestTest, P17_who_waits_uses_no_processor) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "its own thread ticks";
  TypeParam empty;
  TypeParam full({.maxsize = 1});
  full.put(1);
  std::vector<std::unique_ptr<Runner>> waiters;
  for (int i = 0; i < 20; ++i) {
    waiters.push_back(std::make_unique<Runner>([&] { empty.try_get(twill::Timeout::never()); }));
    waiters.push_back(std::make_unique<Runner>([&] { full.try_put(2, 1h); }));
    waiters.push_back(std::make_unique<Runner>([&] { full.join(); }));
  }
  for (auto& waiter : waiters) waiter->until_blocked();
  EXPECT_TRUE(support::comes_to_rest());
  empty.shutdown();
  full.shutdown(true);
}

/// How a process ends that waits so: with 3 if it is told that nobody can end the wait.
support::ChildResult stuck_in(const std::function<void()>& wait) {
  return support::run_in_child([&] {
    try {
      wait();
    } catch (const twill::DeadlockError& error) {
      dprintf(STDERR_FILENO, "%s\n", error.what());
      return 3;
    }
    return 0;
  });
}

TYPED_TEST(RestTest, P23_a_process_that_waits_for_nobody_is_told_so) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "a thread that twill does not know runs here";
  TypeParam q({.maxsize = 1, .name = "jobs"});
  const std::vector<std::function<void()>> waits{
      [&] { q.get(); },
      [&] { q.put(1), q.put(2); },
      [&] { q.put(1), q.join(); },
  };
  for (const auto& wait : waits) {
    const auto result = stuck_in(wait);
    EXPECT_EQ(result.exit_code, 3) << result.text;
    EXPECT_NE(result.text.find("every thread of the process waits"), std::string::npos)
        << result.text;
    EXPECT_NE(result.text.find("Queue 'jobs'"), std::string::npos) << result.text;
  }
}

}  // namespace
