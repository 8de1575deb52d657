// SimpleQueue: what it has, and what it has not.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include <twill/queue/simple_queue.hpp>

#include "queue/items.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

TEST(SimpleQueueTest, SQ1_put_never_blocks) {
  twill::SimpleQueue<int> q;
  for (int i = 0; i < 10'000; ++i) q.put(i);
  q.put(10'000, -1s);
  q.put(10'001, false);
  q.put(10'002, true, 1h);
  q.put_nowait(10'003);
  EXPECT_TRUE(q.try_put(10'004));
  EXPECT_EQ(q.qsize(), 10'005u);
  for (int i = 0; i < 10'005; ++i) ASSERT_EQ(q.get(), i);
  EXPECT_TRUE(q.empty());
}

TEST(SimpleQueueTest, SQ2_get_is_that_of_queue) {
  twill::SimpleQueue<int> q({.name = "mail"});
  EXPECT_THROW(q.get_nowait(), twill::Empty);
  EXPECT_THROW(q.get(1ms), twill::Empty);
  EXPECT_THROW(q.get(false, -1s), twill::Empty);
  EXPECT_THROW(q.get(-1s), twill::Empty);  // negative: one attempt, as everywhere in twill
  EXPECT_FALSE(q.try_get().has_value());
  EXPECT_EQ(q.name(), "mail");
  Runner getter([&] { EXPECT_EQ(q.get(), 3); });
  getter.until_blocked();
  q.put(3);
}

template <class Q>
concept HasMore = requires(Q& q) { q.task_done(); } || requires(Q& q) { q.join(); } ||
                  requires(Q& q) { q.full(); } || requires(Q& q) { q.maxsize(); } ||
                  requires(Q& q) { q.shutdown(); };

TEST(SimpleQueueTest, SQ3_it_has_no_more_than_that) {
  static_assert(!HasMore<twill::SimpleQueue<int>>);
  static_assert(HasMore<twill::Queue<int>>);
  twill::SimpleQueue<std::unique_ptr<int>> unique;
  unique.put(std::make_unique<int>(1));
  EXPECT_EQ(*unique.get(), 1);
  twill::SimpleQueue<items::Fragile> fragile;
  fragile.put(2);
  EXPECT_EQ(fragile.get().value, 2);
  EXPECT_NE(fragile.name().find("SimpleQueue#"), std::string::npos);
}

}  // namespace
