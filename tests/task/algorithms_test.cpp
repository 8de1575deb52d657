// Paths: ranges of every kind and size; what may not be shared out; failures; one worker and
// several, from outside and from a worker; an initializer; a pool that was shut down.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <memory>
#include <numeric>
#include <ranges>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/task/algorithms.hpp>
#include <twill/task/error.hpp>
#include <twill/task/sort.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/thread/threading.hpp>

#include "support/numbers.hpp"
#include "support/reports.hpp"

namespace {

using support::kSizes;
using support::up_to;
using twill::ThreadPool;
using Executor = twill::ThreadPoolExecutor;

TEST(AlgorithmsTest, for_each_takes_any_range) {
  ThreadPool pool({.processes = 2});
  for (const std::size_t size : kSizes) {
    std::vector<int> all = up_to(size);
    twill::for_each(pool, all, [](int& n) { n += 1; });
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(all[i], static_cast<int>(i) + 1);
  }
  std::atomic<int> sum = 0;
  const auto add = [&](int n) { sum += n; };
  twill::for_each(pool, std::views::iota(0, 100), add);
  twill::for_each(pool, std::forward_list{1, 2, 3}, add);
  twill::for_each(pool, std::list{1, 2, 3}, [&](int n) { return sum += n; });
  std::stringstream stream("1 2 3");
  twill::for_each(pool, std::views::istream<int>(stream), add);
  const std::vector<bool> bits(100, true);
  twill::for_each(pool, bits, [&](bool bit) { sum += bit; });
  EXPECT_EQ(sum, 4'950 + 6 + 6 + 6 + 100);
}

TEST(AlgorithmsTest, for_each_shares_what_cannot_be_copied) {
  ThreadPool pool({.processes = 2});
  struct Counter {
    void operator()(int) { ++calls; }
    std::atomic<int> calls{0};
  } counter;
  twill::for_each(pool, up_to(1'000), counter);
  EXPECT_EQ(counter.calls, 1'000);
  std::atomic<int> called = 0;
  twill::for_each(pool, up_to(10),
                  [&, own = std::make_unique<int>(1)](int) mutable { called += *own; });
  EXPECT_EQ(called, 10);
  std::vector<std::unique_ptr<int>> pointers(100);
  twill::for_each(pool, pointers, [](auto& each) { each = std::make_unique<int>(7); });
  EXPECT_EQ(*pointers[99], 7);
}

TEST(AlgorithmsTest, for_each_tries_all_and_throws_the_first) {
  ThreadPool pool({.processes = 2});
  std::atomic<int> calls = 0;
  try {
    twill::for_each(pool, up_to(1'000), [&](int n) {
      ++calls;
      if (n == 30 || n == 700) throw n;
    });
    FAIL();
  } catch (int first) {
    EXPECT_EQ(first, 30);
  }
  EXPECT_EQ(calls, 1'000);
}

TEST(AlgorithmsTest, transform_writes_to_a_range_or_an_iterator) {
  ThreadPool pool({.processes = 2});
  const auto twice = [](int n) { return 2L * n; };
  for (const std::size_t size : kSizes) {
    std::vector<int> in = up_to(size);
    std::vector<long> out(size, -1);
    twill::transform(pool, in, out, twice);
    std::deque<long> other(size, -1);
    twill::transform(pool, in, other.begin(), twice);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(out[i], 2L * in[i]);
      ASSERT_EQ(other[i], out[i]);
    }
    twill::transform(pool, in, in, std::negate<>());
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(in[i], -static_cast<int>(i));
  }
  std::array<std::string, 3> words;
  twill::transform(pool, std::views::iota(0, 3), words, [](int n) { return std::to_string(n); });
  EXPECT_EQ(words, (std::array<std::string, 3>{"0", "1", "2"}));
  long plain[2] = {};
  twill::transform(pool, std::array{1, 2}, plain, twice);
  EXPECT_EQ(plain[1], 4);
  EXPECT_THROW(twill::transform(pool, up_to(3), plain, twice), twill::ValueError);
}

TEST(AlgorithmsTest, transform_tries_all_and_leaves_out_what_failed) {
  ThreadPool pool({.processes = 2});
  std::vector<int> out(100, -1);
  const auto fail = [](int n) {
    if (n % 10 == 3) throw n;
    return n;
  };
  try {
    twill::transform(pool, up_to(100), out, fail);
    FAIL();
  } catch (int first) {
    EXPECT_EQ(first, 3);
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(out[static_cast<std::size_t>(i)], i % 10 == 3 ? -1 : i);
}

template <class Pool>
int sum_of_halves(Pool& pool, std::span<const int> all) {
  if (all.size() < 4) return twill::reduce(pool, all, 0);
  std::array<int, 2> sums{};
  const auto half = [&](std::size_t i) {
    const std::size_t middle = all.size() / 2;
    return sum_of_halves(pool, i == 0 ? all.first(middle) : all.subspan(middle));
  };
  twill::transform(pool, std::views::iota(std::size_t{0}, std::size_t{2}), sums, half);
  return sums[0] + sums[1];
}

TEST(AlgorithmsTest, nested_at_any_depth) {
  const std::vector<int> all = up_to(300);
  for (const int workers : {1, 2, 4}) {
    Executor pool({.max_workers = workers});
    EXPECT_EQ(sum_of_halves(pool, all), 44'850);
    EXPECT_EQ(pool.submit([&] { return sum_of_halves(pool, all); }).result(), 44'850);
  }
}

TEST(AlgorithmsTest, an_initializer_is_seen_by_every_call) {
  thread_local bool ready = false;
  ThreadPool pool({.processes = 2, .initializer = [] { ready = true; }});
  twill::for_each(pool, up_to(100), [](int) { EXPECT_TRUE(ready); });
  std::vector<int> numbers = up_to(10'000);
  twill::sort(pool, numbers, [](int a, int b) { return ready && a > b; });
  EXPECT_TRUE(std::ranges::is_sorted(numbers, std::greater<>()));
  EXPECT_EQ(twill::reduce(pool, numbers, 0, [](int a, int b) { return ready ? a + b : 0; }),
            49'995'000);
  EXPECT_THROW(twill::for_each(pool, up_to(9), [](int n) { throw n; }), int);
}

TEST(AlgorithmsTest, a_pool_that_was_shut_down) {
  ThreadPool pool({.processes = 2});
  auto late = pool.submit([&] {
    while (true) {  // until it is closed
      try {
        pool.apply([] {});
      } catch (const twill::ValueError&) {
        return twill::reduce(pool, up_to(10'000), 0);
      }
    }
  });
  pool.close();
  EXPECT_EQ(late.result(), 49'995'000);
  std::vector<int> all = up_to(9);
  EXPECT_THROW(twill::for_each(pool, all, [](int) {}), twill::RuntimeError);
  EXPECT_THROW(twill::transform(pool, all, all, std::identity()), twill::RuntimeError);
  EXPECT_THROW(twill::reduce(pool, all, 0), twill::RuntimeError);
  EXPECT_THROW(twill::sort(pool, all), twill::RuntimeError);
  Executor executor({.max_workers = 1, .initializer = [] {}});
  executor.shutdown();
  EXPECT_THROW(twill::sort(executor, all), twill::RuntimeError);
}

TEST(AlgorithmsTest, a_pool_whose_initializer_fails) {
  const support::Reports reports;
  {
    ThreadPool pool({.processes = 1, .initializer = [] { throw 5; }});
    EXPECT_THROW(twill::reduce(pool, up_to(9), 0), twill::BrokenThreadPool);
  }
}

namespace beside_the_standard {

using namespace std;
using namespace twill;

TEST(AlgorithmsTest, names_stand_beside_those_of_the_standard) {
  ThreadPool pool({.processes = 2});
  vector<int> all{2, 3, 1};
  sort(all.begin(), all.end(), greater<>());
  sort(pool, all);
  stable_sort(pool, all, greater<>());
  for_each(all.begin(), all.end(), [](int& n) { ++n; });
  for_each(pool, all, [](int& n) { ++n; });
  transform(all.begin(), all.end(), all.begin(), [](int n) { return n + 1; });
  transform(pool, all, all.begin(), [](int n) { return n + 1; });
  EXPECT_EQ(reduce(all.begin(), all.end(), 0), reduce(pool, all, 0));
  EXPECT_EQ(transform_reduce(all.begin(), all.end(), 0, plus<>(), negate<>()),
            transform_reduce(pool, all, 0, plus<>(), negate<>()));
  vector<Future<int>> futures(3);  // whose namespace is looked into
  for_each(futures.begin(), futures.end(), [](auto& each) { each.set_result(1); });
  for_each(pool, futures, [](auto& each) { EXPECT_EQ(each.result(), 1); });
}

}  // namespace beside_the_standard

template <class R>
concept Each = requires(ThreadPool& pool, R range) { twill::for_each(pool, range, [](auto&&) {}); };
template <class R>
concept Reducible = requires(ThreadPool& pool, R range) { twill::reduce(pool, range, 0); };
template <class R>
concept Sortable = requires(ThreadPool& pool, R range) { twill::sort(pool, range); };
template <class Out>
concept TakesInts = requires(ThreadPool& pool, std::vector<int>& in, Out out) {
  twill::transform(pool, in, out, std::identity());
};
static_assert(Each<std::list<int>> && Reducible<std::deque<int>> && Sortable<std::deque<int>>);
static_assert(!Each<std::ranges::iota_view<int>> && !Reducible<std::ranges::iota_view<int>>);
static_assert(!Each<std::vector<bool>> && !Sortable<std::vector<bool>>);
static_assert(!Reducible<std::list<int>> && !Reducible<std::vector<std::string>>);
static_assert(!Sortable<std::list<int>> && !Sortable<const std::vector<int>>);
static_assert(TakesInts<std::vector<long>> && TakesInts<long*>);
static_assert(!TakesInts<std::vector<bool>> && !TakesInts<std::list<int>>);
static_assert(!TakesInts<std::back_insert_iterator<std::vector<int>>>);

}  // namespace
