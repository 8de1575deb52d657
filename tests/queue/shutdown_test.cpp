// Shutdown of every kind of queue: before, during and after waits, gentle and immediate.

#include <gtest/gtest.h>

#include <memory>
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
class ShutdownTest : public testing::Test {};

using Kinds = testing::Types<twill::Queue<int>, twill::Queue<Fragile>, twill::LifoQueue<int>,
                             twill::PriorityQueue<int>>;
TYPED_TEST_SUITE(ShutdownTest, Kinds);

TYPED_TEST(ShutdownTest, QS1_put_raises_shut_down) {
  TypeParam q({.maxsize = 2});
  q.put(1);
  EXPECT_FALSE(q.is_shutdown());
  q.shutdown();
  EXPECT_TRUE(q.is_shutdown());
  EXPECT_THROW(q.put(2), twill::ShutDown);
  EXPECT_THROW(q.put(2, 1h), twill::ShutDown);
  EXPECT_THROW(q.put(2, false), twill::ShutDown);
  EXPECT_THROW(q.put_nowait(2), twill::ShutDown);
  EXPECT_FALSE(q.try_put(2));
  EXPECT_FALSE(q.try_put(2, 1h));
  EXPECT_EQ(q.qsize(), 1u);
}

TYPED_TEST(ShutdownTest, QS1_put_to_a_full_queue_raises_shut_down_too) {
  TypeParam q({.maxsize = 1});
  q.put(1);
  q.shutdown();
  EXPECT_THROW(q.put_nowait(2), twill::ShutDown);
  EXPECT_THROW(q.put(2), twill::ShutDown);
}

TYPED_TEST(ShutdownTest, QS2_get_goes_on_until_the_queue_is_empty) {
  TypeParam q;
  q.put(1);
  q.put(1);
  q.shutdown();
  EXPECT_EQ(value_of(q.get()), 1);
  EXPECT_EQ(value_of(*q.try_get()), 1);
  EXPECT_THROW(q.get(), twill::ShutDown);
  EXPECT_THROW(q.get(1h), twill::ShutDown);
  EXPECT_THROW(q.get_nowait(), twill::ShutDown);
  EXPECT_FALSE(q.try_get().has_value());
  EXPECT_FALSE(q.try_get(1h).has_value());
}

TYPED_TEST(ShutdownTest, QS3_blocked_getters_wake_with_shut_down) {
  for (const bool immediate : {false, true}) {
    TypeParam q;
    std::vector<std::unique_ptr<Runner>> getters;
    for (int i = 0; i < 5; ++i)
      getters.push_back(std::make_unique<Runner>([&] { EXPECT_THROW(q.get(), twill::ShutDown); }));
    getters.push_back(std::make_unique<Runner>([&] { EXPECT_FALSE(q.try_get(1h).has_value()); }));
    for (auto& getter : getters) getter->until_blocked();
    q.shutdown(immediate);
  }
}

TYPED_TEST(ShutdownTest, QS3_blocked_putters_wake_with_shut_down) {
  for (const bool immediate : {false, true}) {
    TypeParam q({.maxsize = 1});
    q.put(1);
    std::vector<std::unique_ptr<Runner>> putters;
    for (int i = 0; i < 5; ++i)
      putters.push_back(std::make_unique<Runner>([&] { EXPECT_THROW(q.put(2), twill::ShutDown); }));
    putters.push_back(std::make_unique<Runner>([&] { EXPECT_FALSE(q.try_put(2, 1h)); }));
    for (auto& putter : putters) putter->until_blocked();
    q.shutdown(immediate);
    putters.clear();
    EXPECT_EQ(q.qsize(), immediate ? 0u : 1u);
    EXPECT_EQ(q.unfinished_tasks(), immediate ? 0u : 1u);
  }
}

TYPED_TEST(ShutdownTest, QS4_an_immediate_shutdown_discards_the_items) {
  TypeParam q;
  for (int i = 0; i < 1000; ++i) q.put(i);
  q.get();
  EXPECT_EQ(q.unfinished_tasks(), 1000u);
  q.shutdown(true);
  EXPECT_EQ(q.qsize(), 0u);
  EXPECT_EQ(q.unfinished_tasks(), 1u);
  EXPECT_THROW(q.get(), twill::ShutDown);
  q.task_done();
  EXPECT_THROW(q.task_done(), twill::ValueError);
}

TYPED_TEST(ShutdownTest, QS4_items_marked_before_they_left_are_not_counted_twice) {
  TypeParam q;
  q.put(1);
  q.put(2);
  q.task_done();
  q.shutdown(true);
  EXPECT_EQ(q.unfinished_tasks(), 0u);
}

TYPED_TEST(ShutdownTest, QS5_joiners_are_released_if_nothing_is_left) {
  TypeParam q;
  q.put(1);
  q.put(2);
  Runner joiner([&] { q.join(); });
  joiner.until_blocked();
  q.shutdown(true);
  joiner.join();
}

TYPED_TEST(ShutdownTest, QS5_joiners_stay_if_somebody_works_on_an_item) {
  TypeParam q;
  q.put(1);
  q.put(2);
  q.get();
  Runner joiner([&] { q.join(); });
  joiner.until_blocked();
  q.shutdown(true);
  EXPECT_FALSE(q.try_join());
  q.task_done();
  joiner.join();
}

TYPED_TEST(ShutdownTest, QS8_the_rest_stays_usable) {
  TypeParam q({.maxsize = 2});
  q.put(1);
  q.put(2);
  q.shutdown();
  q.shutdown();
  EXPECT_TRUE(q.full());
  EXPECT_EQ(q.qsize(), 2u);
  q.get();
  q.task_done();
  EXPECT_FALSE(q.join(1ms));
  q.shutdown(true);
  q.shutdown(false);
  EXPECT_TRUE(q.empty());
  EXPECT_FALSE(q.full());
  EXPECT_TRUE(q.is_shutdown());
  EXPECT_THROW(q.put(3), twill::ShutDown);
  EXPECT_THROW(q.get(), twill::ShutDown);
  q.join();
}

TYPED_TEST(ShutdownTest, P18_everybody_is_woken) {
  TypeParam empty;
  TypeParam full({.maxsize = 1});
  full.put(1);
  std::vector<std::unique_ptr<Runner>> waiters;
  for (int i = 0; i < 40; ++i) {  // more than one batch of wake-ups
    waiters.push_back(
        std::make_unique<Runner>([&] { EXPECT_THROW(empty.get(), twill::ShutDown); }));
    waiters.push_back(
        std::make_unique<Runner>([&] { EXPECT_THROW(full.put(2), twill::ShutDown); }));
    waiters.push_back(std::make_unique<Runner>([&] { full.join(); }));
  }
  for (auto& waiter : waiters) waiter->until_blocked();
  empty.shutdown();
  full.shutdown(true);
  waiters.clear();
  EXPECT_EQ(full.qsize(), 0u);
}

TYPED_TEST(ShutdownTest, a_range_for_ends_with_the_queue) {
  TypeParam q;
  std::atomic<int> sum{0};
  Runner one([&] {
    for (auto& item : q) sum += value_of(item), q.task_done();
  });
  Runner two([&] {
    for (auto& item : q) sum += value_of(item), q.task_done();
  });
  for (int i = 1; i <= 100; ++i) q.put(i);
  q.join();
  EXPECT_EQ(sum, 5050);
  q.shutdown();
  one.join();
  two.join();
  EXPECT_EQ(one.error(), "");
}

TYPED_TEST(ShutdownTest, a_loop_over_try_get_ends_with_the_queue) {
  TypeParam q;
  int sum = 0;
  Runner getter([&] {
    while (auto item = q.try_get(twill::Timeout::never())) sum += value_of(*item);
  });
  for (int i = 1; i <= 100; ++i) q.put(i);
  q.shutdown();
  getter.join();
  EXPECT_EQ(sum, 5050);
}

}  // namespace
