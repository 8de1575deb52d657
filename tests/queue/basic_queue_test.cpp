// BasicQueue with disciplines of one's own, and what happens when items or disciplines throw.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <compare>
#include <concepts>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <twill/queue/basic_queue.hpp>
#include <twill/queue/lifo_queue.hpp>
#include <twill/queue/priority_queue.hpp>
#include <twill/queue/queue.hpp>

#include "queue/items.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using items::Fragile;
using support::Runner;

/// Counts how many threads are inside at once.
struct Watched {
  void push(int&& item) {
    const Inside visit(*this);
    items.push_back(item);
  }
  int pop() {
    const Inside visit(*this);
    const int item = items.front();
    items.erase(items.begin());
    return item;
  }
  std::size_t size() const { return items.size(); }

  struct Inside {
    explicit Inside(Watched& w) : watched(w) {
      if (watched.inside++ != 0) watched.met = true;
    }
    ~Inside() { --watched.inside; }
    Watched& watched;
  };
  std::vector<int> items = {};
  int inside = 0;
  bool met = false;
  std::shared_ptr<bool> report = {};
  ~Watched() {
    if (report) *report = met;
  }
  Watched() = default;
  explicit Watched(std::shared_ptr<bool> r) : report(std::move(r)) {}
  Watched(Watched&&) = default;
};

TEST(BasicQueueTest, Q17_the_discipline_is_called_by_one_at_a_time) {
  auto met = std::make_shared<bool>(false);
  {
    twill::BasicQueue<int, Watched> q(Watched{met}, {.maxsize = 3});
    std::atomic<int> sum{0};
    {
      std::vector<std::unique_ptr<Runner>> threads;
      for (int t = 0; t < 3; ++t) {
        threads.push_back(std::make_unique<Runner>([&] {
          for (int i = 1; i <= 1000; ++i) q.put(i);
        }));
        threads.push_back(std::make_unique<Runner>([&] {
          for (int i = 1; i <= 1000; ++i) sum += q.get();
        }));
      }
    }
    EXPECT_EQ(sum, 3 * 500'500);
    EXPECT_EQ(q.qsize(), 0u);
  }
  EXPECT_FALSE(*met);
}

/// Keeps the last item of each tens digit.
struct Newest {
  void push(int&& item) { items[item / 10] = item; }
  int pop() {
    const int item = items.begin()->second;
    items.erase(items.begin());
    return item;
  }
  std::size_t size() const { return items.size(); }
  std::map<int, int> items = {};
};

/// Fails once to give an item.
struct Moody {
  void push(int&& item) { items.push_back(item); }
  int pop() {
    if (std::exchange(sulks, false)) throw std::logic_error("no");
    const int item = items.back();
    items.pop_back();
    return item;
  }
  std::size_t size() const { return items.size(); }
  std::vector<int> items = {};
  bool sulks = true;
};

TEST(BasicQueueTest, P15_a_shutdown_whose_pop_throws_lets_go) {
  twill::BasicQueue<int, Moody> q;
  q.put(1);
  EXPECT_THROW(q.shutdown(true), std::logic_error);
  EXPECT_TRUE(q.is_shutdown());
  EXPECT_EQ(q.unfinished_tasks(), 1u);
  EXPECT_EQ(q.get(), 1);
  EXPECT_THROW(q.get(), twill::ShutDown);
}

TEST(BasicQueueTest, Q17_the_discipline_decides_what_is_in_the_queue) {
  twill::BasicQueue<int, Newest> q;
  q.put(21);
  q.put(13);
  q.put(17);
  EXPECT_EQ(q.qsize(), 2u);
  EXPECT_EQ(q.get(), 17);
  EXPECT_EQ(q.get(), 21);
  EXPECT_THROW(q.get_nowait(), twill::Empty);
  EXPECT_EQ(q.unfinished_tasks(), 3u);
  q.put(1);
  q.shutdown(true);  // without clear(): by pop()
  EXPECT_EQ(q.unfinished_tasks(), 3u);
}

struct Sulking {
  void push(int&&) { throw std::logic_error("no"); }
  int pop() { throw std::logic_error("no"); }
  std::size_t size() const { return 1; }
};

TEST(BasicQueueTest, Q17_a_throwing_discipline_leaves_the_queue_usable) {
  twill::BasicQueue<int, Sulking> q;
  EXPECT_THROW(q.put(1), std::logic_error);
  EXPECT_THROW(q.put(1), std::logic_error);
  EXPECT_THROW(q.get(), std::logic_error);
  EXPECT_THROW(q.try_get(), std::logic_error);
  EXPECT_EQ(q.unfinished_tasks(), 0u);
}

struct Recursive {
  void push(int&&);
  int pop() { return 1; }
  std::size_t size() const { return 0; }
};
twill::BasicQueue<int, Recursive>* recursive;
void Recursive::push(int&&) { recursive->put(1); }

TEST(BasicQueueTest, Q17_a_discipline_that_uses_its_own_queue_gets_an_error) {
  twill::BasicQueue<int, Recursive> q({.name = "snake"});
  recursive = &q;
  try {
    q.put(1);
    FAIL();
  } catch (const twill::RuntimeError& error) {
    EXPECT_NE(std::string(error.what()).find("'snake'"), std::string::npos);
  }
  EXPECT_THROW(q.put(1), twill::RuntimeError);
}

template <class Q>
class FragileTest : public testing::Test {};
using FragileKinds =
    testing::Types<twill::Queue<Fragile>, twill::LifoQueue<Fragile>, twill::PriorityQueue<Fragile>>;
TYPED_TEST_SUITE(FragileTest, FragileKinds);

/// Has every move, one after the other, throw in an operation, until it goes through.
template <class F>
int throws_before_success(std::atomic<int>& left, F&& f) {
  for (int n = 0;; ++n) {
    left = n;
    try {
      f();
      left = -1;
      return n;
    } catch (const Fragile::Broken&) {
      left = -1;
    }
  }
}

TYPED_TEST(FragileTest, an_item_whose_move_throws_stays_where_it_was) {
  {
    TypeParam q;
    for (int i = 0; i < 40; ++i) {
      Fragile item(i);
      const int throws = throws_before_success(Fragile::moves_left, [&] {
        EXPECT_EQ(item.value, i);
        q.put(std::move(item));
      });
      EXPECT_GE(throws, 1);
      EXPECT_EQ(item.value, -1);
      EXPECT_EQ(q.qsize(), static_cast<std::size_t>(i) + 1);
      EXPECT_EQ(q.unfinished_tasks(), static_cast<std::size_t>(i) + 1);
    }
    int sum = 0;
    for (std::size_t left = 40; left > 0; --left) {
      throws_before_success(Fragile::moves_left, [&] {
        EXPECT_EQ(q.qsize(), left);
        if (left % 2 == 0)
          sum += q.get().value;
        else
          sum += q.try_get()->value;
      });
    }
    EXPECT_EQ(sum, 780);
    EXPECT_TRUE(q.empty());
  }
  EXPECT_EQ(Fragile::alive, 0);
}

TYPED_TEST(FragileTest, a_loop_over_the_queue_that_a_move_ends_may_begin_again) {
  TypeParam q;
  for (int i = 0; i < 3; ++i) q.put(i);
  q.shutdown();
  int sum = 0;
  Fragile::moves_left = 0;
  EXPECT_THROW(
      {
        for (auto& item : q) sum += item.value;
      },
      Fragile::Broken);
  Fragile::moves_left = -1;
  EXPECT_EQ(q.qsize(), 3u);
  for (auto& item : q) sum += item.value;
  EXPECT_EQ(sum, 3);
}

/// Its copies throw when told to; its moves never do.
struct Stubborn {
  static inline bool refuses = false;

  explicit Stubborn(int v) : value(v) {}
  Stubborn(const Stubborn& other) : value(other.value) {
    if (refuses) throw std::logic_error("no");
  }
  Stubborn(Stubborn&&) noexcept = default;
  Stubborn& operator=(Stubborn&&) noexcept = default;
  friend bool operator<(const Stubborn& a, const Stubborn& b) { return a.value < b.value; }

  int value;
};

template <class Q>
class CopyTest : public testing::Test {};
using CopyKinds = testing::Types<twill::Queue<Stubborn>, twill::LifoQueue<Stubborn>,
                                 twill::PriorityQueue<Stubborn>>;
TYPED_TEST_SUITE(CopyTest, CopyKinds);

TYPED_TEST(CopyTest, an_item_whose_copy_throws_is_not_put) {
  TypeParam q;
  const Stubborn item(7);
  q.put(item);
  Stubborn::refuses = true;
  EXPECT_THROW(q.put(item), std::logic_error);
  EXPECT_THROW(q.put(item, 1h), std::logic_error);
  EXPECT_THROW(q.put_nowait(item), std::logic_error);
  EXPECT_THROW(q.try_put(item), std::logic_error);
  Stubborn::refuses = false;
  EXPECT_EQ(q.qsize(), 1u);
  EXPECT_EQ(q.unfinished_tasks(), 1u);
  EXPECT_EQ(q.get().value, 7);
}

TEST(PriorityQueueTest, a_comparison_that_throws_changes_nothing) {
  {
    twill::PriorityQueue<Fragile> q;
    int throws = 0;
    for (int i = 0; i < 64; ++i)
      throws += throws_before_success(Fragile::comparisons_left, [&] { q.put(i * 37 % 64); });
    EXPECT_GT(throws, 64);
    for (int i = 0; i < 64; ++i) {
      int got = -1;
      throws_before_success(Fragile::comparisons_left, [&] { got = q.get().value; });
      ASSERT_EQ(got, i);
    }
  }
  EXPECT_EQ(Fragile::alive, 0);
}

/// What an item may offer to be compared by.
struct ByLess {};
struct ByThreeWay {};
struct ByStrongOrder {};

/// Its comparisons, of `rank` alone, throw when told to; its moves never do.
template <class How>
struct Ranked {
  static inline std::atomic<int> comparisons_left{-1};

  friend bool operator<(const Ranked& a, const Ranked& b)
    requires std::same_as<How, ByLess>
  {
    Fragile::spend(comparisons_left);
    return a.rank < b.rank;
  }
  friend std::weak_ordering operator<=>(const Ranked& a, const Ranked& b)
    requires std::same_as<How, ByThreeWay>
  {
    Fragile::spend(comparisons_left);
    return a.rank <=> b.rank;
  }
  friend std::strong_ordering operator<=>(const Ranked& a, const Ranked& b)
    requires std::same_as<How, ByStrongOrder>
  {
    Fragile::spend(comparisons_left);
    return a.rank <=> b.rank;
  }
  friend bool operator==(const Ranked& a, const Ranked& b)
    requires std::same_as<How, ByStrongOrder>
  {
    Fragile::spend(comparisons_left);
    return a.rank == b.rank;
  }

  int rank;
  int came;
};

template <class How>
class RankedTest : public testing::Test {};
using Hows = testing::Types<ByLess, ByThreeWay, ByStrongOrder>;
TYPED_TEST_SUITE(RankedTest, Hows);

TYPED_TEST(RankedTest, equal_ones_come_as_they_came_whatever_comparison_throws) {
  using Item = Ranked<TypeParam>;
  constexpr int kItems = 100;
  twill::PriorityQueue<Item> q;
  int throws = 0;
  for (int i = 0; i < kItems; ++i)
    throws += throws_before_success(Item::comparisons_left, [&] { q.put({i * 7 % 3, i}); });
  std::vector<std::pair<int, int>> got;
  for (int i = 0; i < kItems; ++i)
    throws += throws_before_success(Item::comparisons_left, [&] {
      const Item item = q.get();
      got.emplace_back(item.rank, item.came);
    });
  EXPECT_GT(throws, kItems);
  EXPECT_EQ(got.size(), static_cast<std::size_t>(kItems));
  EXPECT_TRUE(std::is_sorted(got.begin(), got.end()));
}

TEST(PriorityQueueTest, pairs_and_move_only_payloads) {
  twill::PriorityQueue<std::pair<int, std::string>> pairs;
  pairs.put({2, "b"});
  pairs.put({1, "z"});
  pairs.put({2, "a"});
  EXPECT_EQ(pairs.get().second, "z");
  EXPECT_EQ(pairs.get().second, "a");
  EXPECT_EQ(pairs.get().second, "b");
  twill::PriorityQueue<twill::Prioritized<std::unique_ptr<int>, double>> unique;
  unique.put({2.5, std::make_unique<int>(2)});
  unique.put({-1.0, std::make_unique<int>(1)});
  EXPECT_EQ(*unique.get().item, 1);
  EXPECT_EQ(*unique.get().item, 2);
}

}  // namespace
