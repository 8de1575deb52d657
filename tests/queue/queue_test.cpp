// Every kind of queue with both ways of waiting: Queue over gates, Queue over a lock (its items'
// moves may throw), LifoQueue, PriorityQueue. Paths: put and get at once, after a spin, after a
// sleep, taken in a sleeper's name; full and empty with and without time, with stop; counts; join.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <twill/queue/lifo_queue.hpp>
#include <twill/queue/priority_queue.hpp>
#include <twill/queue/queue.hpp>

#include "queue/items.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using items::Fragile;
using items::value_of;
using support::Runner;

template <class Q>
class QueueTest : public testing::Test {};

using Kinds = testing::Types<twill::Queue<int>, twill::Queue<Fragile>, twill::LifoQueue<int>,
                             twill::PriorityQueue<int>, twill::PriorityQueue<Fragile>>;
TYPED_TEST_SUITE(QueueTest, Kinds);

template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const twill::Error& error) {
    return error.what();
  }
  return "no error";
}

TYPED_TEST(QueueTest, TO1_a_failed_wait_lasts_at_least_its_timeout) {
  TypeParam q({.maxsize = 1});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THROW(q.get(20ms), twill::Empty);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
  q.put(1);
  EXPECT_FALSE(q.try_put(2, 20ms));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 40ms);
}

TYPED_TEST(QueueTest, TO2_without_a_timeout_a_wait_has_no_end) {
  TypeParam q;
  Runner getter([&] { EXPECT_EQ(value_of(q.get()), 7); });
  getter.until_blocked();
  q.put(7);
}

TYPED_TEST(QueueTest, TO3_timeout_zero_is_one_attempt) {
  TypeParam q({.maxsize = 1});
  EXPECT_THROW(q.get(0s), twill::Empty);
  EXPECT_FALSE(q.try_get().has_value());
  EXPECT_FALSE(q.try_get(-5s).has_value());
  q.put(1, 0s);
  EXPECT_THROW(q.put(2, 0s), twill::Full);
  EXPECT_FALSE(q.try_put(2));
  EXPECT_FALSE(q.try_put(2, -5s));
}

TYPED_TEST(QueueTest, TO6_a_timeout_that_is_no_number_is_an_error) {
  TypeParam q({.maxsize = 1});
  const std::chrono::duration<double> nan(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THROW(q.get(nan), twill::ValueError);
  EXPECT_THROW(q.put(1, nan), twill::ValueError);
  EXPECT_THROW(q.try_get(nan), twill::ValueError);
  EXPECT_THROW(q.join(nan), twill::ValueError);
  EXPECT_TRUE(q.empty());
}

TYPED_TEST(QueueTest, Q1_maxsize_of_zero_or_less_is_unbounded) {
  for (const std::int64_t maxsize : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN}) {
    TypeParam q({.maxsize = maxsize});
    EXPECT_EQ(q.maxsize(), maxsize);
    for (int i = 0; i < 5000; ++i) q.put(i);
    EXPECT_FALSE(q.full());
    EXPECT_EQ(q.qsize(), 5000u);
  }
}

TEST(QueueOrderTest, Q2_queue_is_first_in_first_out) {
  twill::Queue<int> q;
  twill::Queue<Fragile> fragile;
  for (int i = 0; i < 3000; ++i) q.put(i), fragile.put(i);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(q.get(), i);
    ASSERT_EQ(fragile.get().value, i);
  }
}

TEST(QueueOrderTest, Q2_lifo_queue_returns_the_newest) {
  twill::LifoQueue<int> q;
  for (int i = 0; i < 3; ++i) q.put(i);
  EXPECT_EQ(q.get(), 2);
  q.put(7);
  EXPECT_EQ(q.get(), 7);
  EXPECT_EQ(q.get(), 1);
  EXPECT_EQ(q.get(), 0);
}

TEST(QueueOrderTest, Q2_priority_queue_returns_the_smallest) {
  twill::PriorityQueue<int> q;
  twill::PriorityQueue<Fragile> fragile;
  for (int i = 0; i < 1000; ++i) q.put(i * 619 % 1000), fragile.put(i * 619 % 1000);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(q.get(), i);
    ASSERT_EQ(fragile.get().value, i);
  }
}

TYPED_TEST(QueueTest, Q4_put_on_a_full_queue_blocks_until_a_slot_is_free) {
  TypeParam q({.maxsize = 2});
  q.put(1);
  q.put(2);
  EXPECT_TRUE(q.full());
  Runner putter([&] { q.put(3); });
  putter.until_blocked();
  EXPECT_EQ(q.qsize(), 2u);
  q.get();
  putter.join();
  EXPECT_EQ(q.qsize(), 2u);
}

TYPED_TEST(QueueTest, Q4_put_without_time_raises_full) {
  TypeParam q({.maxsize = 1, .name = "jobs"});
  q.put_nowait(1);
  EXPECT_THROW(q.put_nowait(2), twill::Full);
  EXPECT_THROW(q.put(2, false), twill::Full);
  EXPECT_THROW(q.put(2, true, 1ms), twill::Full);
  EXPECT_THROW(q.put(2, 5ms), twill::Full);
  EXPECT_NE(message_of([&] { q.put(2, 0s); }).find("'jobs'"), std::string::npos);
  EXPECT_EQ(q.qsize(), 1u);
  EXPECT_EQ(value_of(q.get()), 1);
}

TYPED_TEST(QueueTest, Q4_no_more_than_maxsize_items_get_in) {
  for (const int maxsize : {1, 2, 5}) {
    TypeParam q({.maxsize = maxsize});
    std::atomic<int> in{0};
    std::vector<std::unique_ptr<Runner>> putters;
    for (int i = 0; i < maxsize + 3; ++i)
      putters.push_back(std::make_unique<Runner>([&] { in += q.try_put(1, 1h); }));
    const auto is_blocked = [](const auto& putter) { return support::is_blocked(putter->id()); };
    support::yield_until([&] {
      return in == maxsize && std::count_if(putters.begin(), putters.end(), is_blocked) == 3;
    });
    q.shutdown();
    putters.clear();
    EXPECT_EQ(in, maxsize);
    int left = 0;
    while (q.try_get()) ++left;
    EXPECT_EQ(left, maxsize);
  }
}

TYPED_TEST(QueueTest, Q5_get_on_an_empty_queue_blocks) {
  TypeParam q;
  std::atomic<int> got{0};
  Runner getter([&] { got = value_of(q.get()); });
  getter.until_blocked();
  EXPECT_EQ(got, 0);
  q.put(5);
  getter.join();
  EXPECT_EQ(got, 5);
}

TYPED_TEST(QueueTest, Q5_get_without_time_raises_empty) {
  TypeParam q({.name = "jobs"});
  EXPECT_THROW(q.get_nowait(), twill::Empty);
  EXPECT_THROW(q.get(false), twill::Empty);
  EXPECT_THROW(q.get(true, 1ms), twill::Empty);
  EXPECT_THROW(q.get(5ms), twill::Empty);
  EXPECT_NE(message_of([&] { q.get_nowait(); }).find("'jobs'"), std::string::npos);
}

TYPED_TEST(QueueTest, Q6_an_attempt_that_does_not_block_ignores_the_timeout) {
  TypeParam q({.maxsize = 1});
  EXPECT_THROW(q.get(false, -1s), twill::Empty);
  EXPECT_THROW(q.get(false, 1h), twill::Empty);
  q.put(1, false, 1h);
  EXPECT_THROW(q.put(2, false, -1s), twill::Full);
  EXPECT_THROW(q.put(2, false, 1h), twill::Full);
}

TYPED_TEST(QueueTest, Q8_sizes_are_snapshots) {
  TypeParam q({.maxsize = 2});
  EXPECT_TRUE(q.empty());
  EXPECT_FALSE(q.full());
  q.put(1);
  EXPECT_EQ(q.qsize(), 1u);
  EXPECT_FALSE(q.empty());
  EXPECT_FALSE(q.full());
  q.put(2);
  EXPECT_TRUE(q.full());
  q.get();
  q.get();
  EXPECT_TRUE(q.empty());
}

TYPED_TEST(QueueTest, Q9_join_waits_until_all_is_done) {
  TypeParam q;
  q.join();
  q.put(1);
  q.put(2);
  EXPECT_EQ(q.unfinished_tasks(), 2u);
  EXPECT_FALSE(q.join(5ms));
  EXPECT_FALSE(q.try_join());
  Runner joiner([&] { q.join(); });
  joiner.until_blocked();
  q.get();
  q.get();
  q.task_done();
  EXPECT_TRUE(support::is_blocked(joiner.id()));
  q.task_done();
  joiner.join();
  EXPECT_TRUE(q.try_join());
  EXPECT_TRUE(q.join(0s));
}

TYPED_TEST(QueueTest, Q10_task_done_beyond_the_count_is_an_error) {
  TypeParam q({.name = "jobs"});
  EXPECT_THROW(q.task_done(), twill::ValueError);
  q.put(1);
  q.task_done();
  EXPECT_NE(message_of([&] { q.task_done(); }).find("'jobs'"), std::string::npos);
  EXPECT_EQ(q.unfinished_tasks(), 0u);
  q.join();
}

TYPED_TEST(QueueTest, Q12_all_joiners_go_on_together_and_may_join_again) {
  TypeParam q;
  for (int round = 0; round < 3; ++round) {
    q.put(1);
    std::vector<std::unique_ptr<Runner>> joiners;
    for (int i = 0; i < 4; ++i) joiners.push_back(std::make_unique<Runner>([&] { q.join(); }));
    for (auto& joiner : joiners) joiner->until_blocked();
    q.get();
    q.task_done();
    joiners.clear();
  }
}

/// Whether one thread gets in order what another puts in order.
template <class Q>
bool keeps_order(int maxsize) {
  constexpr int kItems = 3000;
  Q q({.maxsize = maxsize});
  Runner producer([&] {
    for (int i = 0; i < kItems; ++i) q.put(i);
  });
  bool in_order = true;
  for (int i = 0; i < kItems; ++i) in_order &= value_of(q.get()) == i;
  return in_order;
}

TEST(QueueOrderTest, Q14_one_consumer_gets_the_items_of_one_producer_in_the_order_put) {
  for (const int maxsize : {0, 1, 3}) {
    EXPECT_TRUE(keeps_order<twill::Queue<int>>(maxsize));
    EXPECT_TRUE(keeps_order<twill::Queue<Fragile>>(maxsize));
  }
}

TYPED_TEST(QueueTest, Q15_a_blocked_put_ends_with_one_get_and_a_blocked_get_with_one_put) {
  TypeParam q({.maxsize = 1});
  std::vector<std::unique_ptr<Runner>> waiters;
  std::atomic<int> in{0};
  for (int i = 0; i < 3; ++i) waiters.push_back(std::make_unique<Runner>([&] { q.get(), ++in; }));
  for (auto& waiter : waiters) waiter->until_blocked();
  for (int i = 1; i <= 3; ++i) {
    q.put(i);
    support::yield_until([&] { return in == i; }, "a getter");
  }
  waiters.clear();
  q.put(0);
  for (int i = 0; i < 3; ++i) waiters.push_back(std::make_unique<Runner>([&] { q.put(1), ++in; }));
  for (auto& waiter : waiters) waiter->until_blocked();
  for (int i = 4; i <= 6; ++i) {
    q.get();
    support::yield_until([&] { return in == i; }, "a putter");
  }
}

TYPED_TEST(QueueTest, stop_ends_every_wait) {
  TypeParam q({.maxsize = 1});
  std::stop_source stop;
  Runner getter([&] { EXPECT_THROW(q.get(stop.get_token()), twill::CancelledError); });
  Runner trier([&] { EXPECT_FALSE(q.try_get(1h, stop.get_token()).has_value()); });
  getter.until_blocked();
  trier.until_blocked();
  stop.request_stop();
  getter.join();
  trier.join();
  q.put(1);
  stop = std::stop_source();
  Runner putter([&] { EXPECT_THROW(q.put(2, stop.get_token()), twill::CancelledError); });
  Runner joiner([&] { EXPECT_THROW(q.join(stop.get_token()), twill::CancelledError); });
  Runner try_joiner([&] { EXPECT_FALSE(q.try_join(1h, stop.get_token())); });
  putter.until_blocked();
  joiner.until_blocked();
  try_joiner.until_blocked();
  stop.request_stop();
  putter.join();
  joiner.join();
  try_joiner.join();
  EXPECT_EQ(q.qsize(), 1u);
  EXPECT_EQ(value_of(q.get(stop.get_token())), 1);  // what is there needs no wait
}

TYPED_TEST(QueueTest, timeouts_beyond_the_clock_mean_for_ever) {
  TypeParam q;
  Runner getter([&] { EXPECT_EQ(value_of(q.get(std::chrono::hours::max())), 1); });
  getter.until_blocked();
  q.put(1);
}

TYPED_TEST(QueueTest, errors_name_the_object) {
  const TypeParam unnamed;
  EXPECT_NE(unnamed.name().find("Queue#"), std::string::npos);
  const TypeParam named({.name = "jobs"});
  EXPECT_EQ(named.name(), "jobs");
}

TEST(QueueItemsTest, try_put_leaves_a_refused_item_with_the_caller) {
  twill::Queue<std::unique_ptr<int>> q({.maxsize = 1});
  auto item = std::make_unique<int>(1);
  EXPECT_TRUE(q.try_put(std::move(item)));
  EXPECT_EQ(item, nullptr);
  item = std::make_unique<int>(2);
  EXPECT_FALSE(q.try_put(std::move(item)));
  EXPECT_FALSE(q.try_put(std::move(item), 1ms));
  EXPECT_THROW(q.put(std::move(item), 1ms), twill::Full);
  ASSERT_NE(item, nullptr);
  q.shutdown();
  EXPECT_FALSE(q.try_put(std::move(item)));
  EXPECT_THROW(q.put(std::move(item)), twill::ShutDown);
  EXPECT_EQ(*item, 2);
  EXPECT_EQ(*q.get(), 1);
}

TEST(QueueItemsTest, conversions_and_braces_make_items) {
  twill::Queue<std::string> texts;
  texts.put("one");
  texts.put({'x', 'y'});
  const std::string kept = "kept";
  texts.put(kept);
  EXPECT_EQ(texts.get(), "one");
  EXPECT_EQ(texts.get(), "xy");
  EXPECT_EQ(texts.get(), "kept");
  EXPECT_EQ(kept, "kept");
}

}  // namespace
