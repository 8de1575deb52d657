// Paths: an exploration ends before its end: stopped beforehand, by its body, by another thread of
// the machine, in the execution that fails; the time is over.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <thread>

#include <twill/tools/atomic.hpp>
#include <twill/tools/explore.hpp>

#include "tools/explore/request.hpp"
#include "tools/patterns.hpp"

namespace patterns {
namespace {

using namespace std::chrono_literals;
using twill::explore;
using twill::Finding;
using twill::SearchBy;

constexpr std::uint64_t kForEver = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kDeterminism = 2;  ///< executions before the search begins

/// Has more interleavings than anybody could wait for.
void take_turns_at_a_number() {
  twill::Atomic number(0, "number");
  const auto count = [&] {
    for (int i = 0; i < 10; ++i) ++number;
  };
  run({count, count, count});
}

void expect_stopped(const twill::Exploration& found) {
  EXPECT_TRUE(found) << found.report();
  EXPECT_FALSE(found.exhaustive);
  EXPECT_NE(found.report().find(", not all there are"), std::string::npos) << found.report();
}

class StopTest : public testing::TestWithParam<SearchBy> {
 protected:
  twill::Exploration explore_until_stopped(const Body& body) {
    return explore(body, {.runs = kForEver, .by = GetParam(), .stop = stop.get_token()});
  }

  std::stop_source stop;
};

TEST_P(StopTest, nothing_is_explored_once_stop_was_asked_for) {
  stop.request_stop();
  const auto found = explore_until_stopped(take_turns_at_a_number);
  expect_stopped(found);
  EXPECT_EQ(found.executions, 0u);
}

TEST_P(StopTest, a_body_that_asks_for_it_is_not_run_again) {
  std::uint64_t runs = 0;
  const auto found = explore_until_stopped([&] {
    if (++runs == 10) stop.request_stop();
    take_turns_at_a_number();
  });
  expect_stopped(found);
  EXPECT_EQ(runs, 10u);
  EXPECT_EQ(found.executions, 10u - kDeterminism);
}

TEST_P(StopTest, another_thread_of_the_machine_asks_for_it) {
  std::atomic<bool> begun = false;
  std::thread impatient([&] {
    begun.wait(false);
    stop.request_stop();
  });
  expect_stopped(explore_until_stopped([&] {
    begun = true;
    begun.notify_one();
    take_turns_at_a_number();
  }));
  impatient.join();
}

TEST_P(StopTest, a_failure_of_the_last_execution_is_told) {
  const auto body = [&] {
    twill::Atomic number(0, "number");
    const auto add = [&] { number = number + 1; };
    run({add, add});
    if (number != 2) stop.request_stop();
    twill::check(number == 2);
  };
  const auto found = explore_until_stopped(body);
  EXPECT_EQ(found.finding, Finding::check) << found.report();
  EXPECT_NE(found.table, "");
  EXPECT_EQ(explore(body, {.replay = found.replay, .by = GetParam()}).table, found.table);
}

TEST_P(StopTest, nothing_is_explored_once_the_time_is_over) {
  const auto found =
      explore(take_turns_at_a_number, {.runs = kForEver, .by = GetParam(), .time = 0s});
  expect_stopped(found);
  EXPECT_EQ(found.executions, 0u);
}

INSTANTIATE_TEST_SUITE_P(By, StopTest,
                         testing::Values(SearchBy::portfolio, SearchBy::depth_first,
                                         SearchBy::random_walk, SearchBy::pct, SearchBy::pos,
                                         SearchBy::surw),
                         [](const auto& test) {
                           return std::string(twill::detail::explorer::name_of(test.param));
                         });

}  // namespace
}  // namespace patterns
