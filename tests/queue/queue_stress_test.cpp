// Many threads at once: every item comes out exactly once and in its producer's order, at all
// sizes, with timeouts, with shutdowns in the middle; nothing leaks.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <twill/queue/lifo_queue.hpp>
#include <twill/queue/priority_queue.hpp>
#include <twill/queue/queue.hpp>
#include <twill/queue/simple_queue.hpp>

#include "queue/items.hpp"
#include "support/runner.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using items::Counted;
using items::Fragile;
using items::value_of;

constexpr int kItems = support::kThreadSanitizer ? 3'000 : 20'000;

int encode(int producer, int number) { return producer * 1'000'000 + number; }

using Shape = std::tuple<int, int, int>;  // maxsize, producers, consumers

class StressTest : public testing::TestWithParam<Shape> {};

template <class Q>
void everything_comes_once(const Shape& shape, bool in_order) {
  const auto [maxsize, producers, consumers] = shape;
  Q q({.maxsize = maxsize});
  const int per = kItems / producers;
  std::vector<std::vector<int>> got(static_cast<std::size_t>(consumers));
  {
    std::vector<std::jthread> threads;
    for (auto& mine : got)
      threads.emplace_back([&] {
        for (auto& item : q) mine.push_back(value_of(item));
      });
    {
      std::vector<std::jthread> putters;
      for (int p = 0; p < producers; ++p)
        putters.emplace_back([&, p] {
          for (int i = 0; i < per; ++i) q.put(encode(p, i));
        });
    }
    q.shutdown();
  }
  std::vector<int> seen(static_cast<std::size_t>(producers * per));
  for (const auto& mine : got) {
    std::vector<int> last(static_cast<std::size_t>(producers), -1);
    for (const int item : mine) {
      const auto producer = static_cast<std::size_t>(item / 1'000'000);
      const int number = item % 1'000'000;
      if (in_order) {
        ASSERT_LT(last[producer], number);
      }
      last[producer] = number;
      ++seen[producer * static_cast<std::size_t>(per) + static_cast<std::size_t>(number)];
    }
  }
  for (const int times : seen) ASSERT_EQ(times, 1);
  EXPECT_EQ(q.qsize(), 0u);
  EXPECT_EQ(q.unfinished_tasks(), static_cast<std::uint64_t>(producers * per));
}

TEST_P(StressTest, Q13_Q14_queue_delivers_once_and_in_order) {
  everything_comes_once<twill::Queue<int>>(GetParam(), true);
}
TEST_P(StressTest, Q13_Q14_queue_of_fragile_items_delivers_once_and_in_order) {
  everything_comes_once<twill::Queue<Fragile>>(GetParam(), true);
  EXPECT_EQ(Fragile::alive, 0);
}
TEST_P(StressTest, Q13_lifo_queue_delivers_once) {
  everything_comes_once<twill::LifoQueue<int>>(GetParam(), false);
}
TEST_P(StressTest, Q13_priority_queue_delivers_once) {
  everything_comes_once<twill::PriorityQueue<int>>(GetParam(), false);
}

INSTANTIATE_TEST_SUITE_P(Shapes, StressTest,
                         testing::Combine(testing::Values(0, 1, 2, 3, 7, 1024, 100'000),
                                          testing::Values(1, 2, 4), testing::Values(1, 2, 4)),
                         [](const auto& shape) {
                           return "max" + std::to_string(std::get<0>(shape.param)) + "_" +
                                  std::to_string(std::get<1>(shape.param)) + "P" +
                                  std::to_string(std::get<2>(shape.param)) + "C";
                         });

template <class Q>
class RaceTest : public testing::Test {};
using Kinds = testing::Types<twill::Queue<Counted>, twill::Queue<Fragile>,
                             twill::LifoQueue<Counted>, twill::PriorityQueue<Counted>>;
TYPED_TEST_SUITE(RaceTest, Kinds);

TYPED_TEST(RaceTest, the_bound_is_never_passed) {
  for (const int maxsize : {1, 2, 3, 7}) {
    TypeParam q({.maxsize = maxsize});
    std::atomic<int> inside{0};
    std::atomic<bool> passed{false};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kItems / 10; ++i) {
          q.put(typename TypeParam::value_type(i));
          // After the put, before the get is counted: at most maxsize, and one in each getter's
          // hands.
          if (++inside > maxsize + 2) passed = true;
        }
      });
      threads.emplace_back([&] {
        for (int i = 0; i < kItems / 10; ++i) {
          q.get();
          --inside;
        }
      });
    }
    threads.clear();
    EXPECT_FALSE(passed);
    EXPECT_EQ(q.qsize(), 0u);
  }
}

TYPED_TEST(RaceTest, P14_everybody_gets_turns) {
  constexpr int kTurns = support::kThreadSanitizer ? 50 : 500;
  TypeParam q({.maxsize = 2});
  std::atomic<int> satisfied{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int turns = 1; q.try_get(twill::Timeout::never()); ++turns)
        if (turns == kTurns) ++satisfied;
    });
    threads.emplace_back([&] {
      using Item = typename TypeParam::value_type;
      for (int turns = 1; q.try_put(Item(turns), twill::Timeout::never()); ++turns)
        if (turns == kTurns) ++satisfied;
    });
  }
  support::yield_until([&] { return satisfied == 6; }, "everybody to have had turns");
  q.shutdown(true);
}

TYPED_TEST(RaceTest, timeouts_lose_nothing) {
  {
    TypeParam q({.maxsize = 2});
    std::atomic<int> put{0};
    std::atomic<int> got{0};
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] {
          for (int i = 0; i < kItems / 20; ++i) {
            typename TypeParam::value_type item(i);
            if (q.try_put(std::move(item), std::chrono::microseconds(i % 50)))
              ++put;
            else if (value_of(item) != i)
              ADD_FAILURE() << "a refused item was moved away";
          }
        });
        threads.emplace_back([&] {
          for (int i = 0; i < kItems / 20; ++i)
            if (q.try_get(std::chrono::microseconds(i % 70))) ++got;
        });
      }
    }
    while (q.try_get()) ++got;
    EXPECT_EQ(put, got);
    EXPECT_EQ(q.unfinished_tasks(), static_cast<std::uint64_t>(put.load()));
  }
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_EQ(Fragile::alive, 0);
}

TYPED_TEST(RaceTest, shutdown_in_the_middle_strands_nobody) {
  for (int round = 0; round < (support::kThreadSanitizer ? 50 : 200); ++round) {
    TypeParam q({.maxsize = 1 + round % 3});
    std::atomic<int> put{0};
    std::atomic<int> got{0};
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] {
          for (int i = 0; q.try_put(typename TypeParam::value_type(i), 1h); ++i) ++put;
        });
        threads.emplace_back([&] {
          while (q.try_get(1h)) ++got;
        });
      }
      for (int i = 0; i < round % 16; ++i) std::this_thread::yield();
      q.shutdown(round % 2 == 1);
    }
    if (round % 2 == 0) {
      EXPECT_EQ(put, got);
    }
    EXPECT_GE(put, got);
    EXPECT_EQ(q.qsize(), 0u);
    EXPECT_EQ(q.unfinished_tasks(), static_cast<std::uint64_t>(got.load()));
  }
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_EQ(Fragile::alive, 0);
}

TYPED_TEST(RaceTest, the_last_getter_may_destroy_the_queue) {
  for (int round = 0; round < (support::kThreadSanitizer ? 200 : 2000); ++round) {
    auto q = std::make_unique<TypeParam>(twill::QueueOptions{.maxsize = round % 3});
    std::jthread putter([raw = q.get()] {
      for (int i = 0; i < 40; ++i) raw->put(typename TypeParam::value_type(i));
    });
    for (int i = 0; i < 40; ++i) q->get();
    q.reset();
  }
}

TYPED_TEST(RaceTest, the_joiner_may_destroy_the_queue) {
  for (int round = 0; round < (support::kThreadSanitizer ? 100 : 1000); ++round) {
    auto q = std::make_unique<TypeParam>();
    for (int i = 0; i < 3; ++i) q->put(typename TypeParam::value_type(i));
    std::jthread worker([raw = q.get()] {
      for (int i = 0; i < 3; ++i) raw->get();
      for (int i = 0; i < 3; ++i) raw->task_done();
    });
    q->join();
    q.reset();
  }
}

TYPED_TEST(RaceTest, items_left_are_destroyed_with_the_queue) {
  for (const int maxsize : {0, 3, 1000, 100'000}) {
    TypeParam q({.maxsize = maxsize});
    const int count = maxsize == 0 ? 5000 : std::min(maxsize, 5000);
    for (int i = 0; i < count; ++i) q.put(typename TypeParam::value_type(i));
    for (int i = 0; i < count / 2; ++i) q.get();
  }
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_EQ(Fragile::alive, 0);
}

TEST(QueueItemsTest, over_aligned_and_large_items) {
  struct alignas(256) Wide {
    int value;
  };
  struct Large {
    char bytes[50'000];
  };
  for (const int maxsize : {0, 1, 5, 100'000}) {
    twill::Queue<Wide> wide({.maxsize = maxsize});
    twill::LifoQueue<Wide> lifo({.maxsize = maxsize});
    twill::Queue<Large> large({.maxsize = maxsize});
    for (int round = 0; round < 50; ++round) {
      wide.put({round});
      lifo.put({round});
      large.put({});
      const Wide item = wide.get();
      EXPECT_EQ(item.value, round);
      EXPECT_EQ(lifo.get().value, round);
      large.get();
    }
  }
}

TEST(QueueOrderTest, a_burst_through_all_block_sizes_stays_in_order) {
  twill::SimpleQueue<std::uint64_t> q;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  for (const std::uint64_t wave : {10u, 1000u, 100'000u, 50u, 30'000u}) {
    for (std::uint64_t i = 0; i < wave; ++i) q.put(in++);
    for (std::uint64_t i = 0; i < wave - 5; ++i) ASSERT_EQ(q.get(), out++);
  }
  while (out < in) ASSERT_EQ(q.get(), out++);
  EXPECT_TRUE(q.empty());
}

}  // namespace
