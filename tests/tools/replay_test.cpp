// Paths: the strings that replay are short, and do so each time; those that are damaged, or of
// another program, are refused; so is a body that asks for too much; many executions need no more
// memory than few.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <malloc.h>
#include <string>
#include <vector>

#include <twill/tools/atomic.hpp>

#include "support/sanitizers.hpp"
#include "tools/findings.hpp"
#include "tools/patterns.hpp"

namespace findings {
namespace {

constexpr bool kSlow = support::kThreadSanitizer || support::kAddressSanitizer;

/// What a ValueError says; empty if there was none.
std::string refusal(const std::function<void()>& body, const std::string& replay) {
  try {
    explore(body, {.replay = replay});
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

/// Three of whom one loses: needs some changes of thread.
void three_count() {
  Shared count(0, "count");
  const auto add = [&] { ++count, ++count; };
  patterns::run({add, add, add});
  check(count > 2);
}

constexpr void (*kBodies[])() = {check_fails, throws,          races,      deadlocks,
                                 leaks,       loses_a_wake_up, three_count};

TEST(ReplayTest, strings_found_by_sampling_are_short) {
  for (const auto by :
       {SearchBy::portfolio, SearchBy::random_walk, SearchBy::pct, SearchBy::pos, SearchBy::surw})
    for (const auto body : kBodies)
      for (const std::uint64_t seed : {1, 99}) {
        const Exploration found = explore(body, {.runs = kSlow ? 50 : 300, .seed = seed, .by = by});
        ASSERT_FALSE(found) << found.report();
        EXPECT_LE(found.replay.size(), 32u) << found.replay;
        const Exploration again = explore(body, {.replay = found.replay});
        EXPECT_EQ(again.failure, found.failure);
      }
}

/// Two who change threads at many steps, and fail only if they did so at each.
void in_step() {
  twill::Atomic turn(0, "turn");
  const auto walk = [&turn](int mine) {
    int met = 0;
    for (int i = 0; i < 40; ++i) met += turn.exchange(mine) == 3 - mine ? 1 : 0;
    check(met < 12);
  };
  patterns::run({[&] { walk(1); }, [&] { walk(2); }});
}

TEST(ReplayTest, what_has_no_short_way_is_named_by_its_chance) {
  for (const auto by : {SearchBy::random_walk, SearchBy::surw}) {
    const Exploration found = explore(in_step, {.by = by});
    ASSERT_EQ(found.finding, Finding::check) << found.report();
    EXPECT_LE(found.replay.size(), 16u) << found.replay;
    EXPECT_EQ(found.replay.find_first_of(".~"), std::string::npos) << found.replay;
    EXPECT_EQ(explore(in_step, {.replay = found.replay}).table, found.table);
    EXPECT_EQ(explore(in_step, {.seed = 7, .replay = found.replay, .by = SearchBy::pct}).table,
              found.table);
  }
}

void draws_much() {
  unsigned sum = 0;
  for (int i = 0; i < 20; ++i) sum += choose(2);
  check(sum < 14);
}

TEST(ReplayTest, a_long_way_found_depth_first_is_named_by_chance_as_well) {
  const Exploration found = explore(draws_much, {.by = SearchBy::depth_first});
  ASSERT_EQ(found.finding, Finding::check) << found.report();
  EXPECT_LE(found.replay.size(), 16u) << found.replay;
  EXPECT_EQ(explore(draws_much, {.replay = found.replay}).table, found.table);
}

TEST(ReplayTest, a_thousand_times_the_same) {
  const Exploration found = explore(three_count);
  ASSERT_FALSE(found);
  for (int i = 0; i < (kSlow ? 50 : 1'000); ++i) {
    const Exploration again = explore(three_count, {.replay = found.replay});
    ASSERT_EQ(again.finding, found.finding);
    ASSERT_EQ(again.failure, found.failure);
    ASSERT_EQ(again.table, found.table);
    ASSERT_EQ(again.executions, 1u);
  }
}

TEST(ReplayTest, a_damaged_string_is_refused) {
  for (const char* damaged : {"1", "/", "1/", "/k7", "1/k", "1/k78", "1.x/k7", "-1/k7", "256/k7",
                              "~9999999999/k7", "~/k7", "p/k7", "p012345678/k7", "p01234567890/k7",
                              "p01234i6789/k7", "x0123456789/k7", "TWILL"})
    EXPECT_EQ(refusal(deadlocks, damaged),
              '"' + std::string(damaged) + "\" is no replay: it is damaged, or not whole");
}

TEST(ReplayTest, a_string_of_another_program_is_refused) {
  const std::string changed = "the program has changed since \"";
  const auto found = explore(deadlocks);
  EXPECT_EQ(refusal(deadlocks, found.replay), "");
  EXPECT_EQ(refusal(check_fails, found.replay),
            changed + found.replay + "\" was found, or it is another one");
  EXPECT_EQ(refusal(deadlocks, "S0123456789/00").substr(0, changed.size()), changed);
}

TEST(ReplayTest, a_string_of_a_program_that_has_changed_is_refused) {
  int steps = 0;
  const auto body = [&steps] {
    Lock lock;
    Shared count(0, "count");
    Thread other([&] { ++count; });
    other.start();
    for (int i = 0; i < steps; ++i) const Hold hold(lock);
    ++count;
    other.join();
    check(count == 2);
  };
  const auto found = explore(body);
  ASSERT_EQ(found.finding, Finding::check);
  EXPECT_EQ(refusal(body, found.replay), "");
  steps = 1;
  EXPECT_NE(refusal(body, found.replay).find("has changed"), std::string::npos);
}

TEST(ReplayTest, up_to_32_threads) {
  const auto of = [](unsigned threads) {
    return [threads] { patterns::run(std::vector<patterns::Body>(threads - 1, [] {})); };
  };
  EXPECT_TRUE(explore(of(32), {.runs = 10}));
  const auto found = explore(of(33), {.runs = 10});
  EXPECT_EQ(found.finding, Finding::outside);
  EXPECT_EQ(found.failure, "main starts the 33rd thread: up to 32 can be explored");
}

TEST(ReplayTest, one_can_choose_among_1_to_100) {
  EXPECT_THROW(choose(0), ValueError);
  EXPECT_THROW(choose(101), ValueError);
  EXPECT_EQ(choose(1), 0u);
  EXPECT_EQ(explore([] { choose(0); }).failure,
            "an exception left the body: choose(0): one can choose among 1 to 100");
  std::vector<bool> seen(100);
  EXPECT_TRUE(explore([&] { seen[choose(100)] = true; }).exhaustive);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 100);
}

TEST(ReplayTest, many_executions_need_no_more_memory_than_few) {
  const std::uint64_t runs = kSlow ? 3'000 : 1'000'000;
  std::uint64_t number = 0;
  std::size_t early = 0;
  std::size_t late = 0;
  const auto found = explore(
      [&] {
        if (++number == 1'000) early = mallinfo2().uordblks;
        if (number == runs - 1'000) late = mallinfo2().uordblks;
        Lock lock;
        Shared count(0, "count");
        const auto add = [&] {
          const Hold hold(lock);
          ++count;
        };
        patterns::run({add, add});
      },
      {.runs = runs, .by = SearchBy::random_walk});
  EXPECT_TRUE(found) << found.report();
  EXPECT_GE(number, runs);
  EXPECT_LE(late, early + 64 * 1024);
}

}  // namespace
}  // namespace findings
