// Paths: leaves, merges here and in halves, towards the buffer and home; runs in order; iterators
// that are no pointers; a comparison that throws, anywhere; who calls.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <numeric>
#include <pthread.h>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <twill/task/sort.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/thread/thread.hpp>

#include "support/sanitizers.hpp"

namespace {

using twill::ThreadPool;

std::vector<int> numbers(std::size_t size, int below = 1'000'000) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::uniform_int_distribution<int> any(0, below - 1);
  std::vector<int> all(size);
  for (int& each : all) each = any(random);
  return all;
}

TEST(SortTest, sizes_and_orders) {
  for (const int workers : {1, 2, 4}) {
    ThreadPool pool({.processes = workers});
    for (const std::size_t size :
         {0, 1, 2, 3, 15, 16, 17, 33, 64, 65, 1'001, 4'095, 4'096, 4'097, 20'001, 300'000}) {
      std::vector<int> all = numbers(size);
      std::vector<int> expected = all;
      std::sort(expected.begin(), expected.end());
      twill::sort(pool, all);
      ASSERT_EQ(all, expected) << size;
      twill::sort(pool, all);  // in order already
      ASSERT_EQ(all, expected) << size;
      std::reverse(all.begin(), all.end());
      twill::sort(pool, all);
      ASSERT_EQ(all, expected) << size;
    }
  }
}

TEST(SortTest, equal_elements_keep_their_order) {
  ThreadPool pool({.processes = 3});
  for (const std::size_t size : {10u, 100u, 5'000u, 100'000u}) {
    std::vector<std::pair<int, std::size_t>> all;
    for (const int n : numbers(size, 10)) all.emplace_back(n, all.size());
    auto expected = all;
    std::sort(expected.begin(), expected.end());
    twill::sort(pool, all, {}, &std::pair<int, std::size_t>::first);
    EXPECT_EQ(all, expected);
    std::ranges::sort(expected, {}, [](auto& each) { return std::pair(-each.first, each.second); });
    twill::stable_sort(pool, all, std::greater<>(), [](auto& each) { return each.first; });
    EXPECT_EQ(all, expected);
  }
}

TEST(SortTest, strings_in_a_deque) {
  twill::ThreadPoolExecutor pool({.max_workers = 2});
  std::deque<std::string> all;
  for (const int n : numbers(50'000))
    all.push_back(std::string(n % 3 * 20u, 'x') + std::to_string(n));
  auto expected = all;
  std::sort(expected.begin(), expected.end());
  twill::sort(pool, all);
  EXPECT_EQ(all, expected);
}

TEST(SortTest, elements_that_can_only_be_moved) {
  ThreadPool pool({.processes = 2});
  std::vector<std::unique_ptr<int>> all;
  for (const int n : numbers(30'000)) all.push_back(std::make_unique<int>(n));
  twill::sort(pool, all, {}, [](const auto& each) { return *each; });
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, [](const auto& each) { return *each; }));
}

TEST(SortTest, a_part_of_an_array) {
  ThreadPool pool({.processes = 2});
  int plain[] = {5, 4, 3, 2, 1};
  twill::sort(pool, std::span(plain).subspan(1, 3));
  EXPECT_TRUE(std::ranges::equal(plain, std::vector{5, 2, 3, 4, 1}));
  twill::sort(pool, plain);
  EXPECT_TRUE(std::ranges::is_sorted(plain));
}

/// Sorts `size` numbers that can only be moved, and whose k-th comparison throws. All have to be
/// there afterwards. False if there was no k-th one.
template <class Pool>
bool survives(Pool& pool, std::size_t size, int k) {
  std::vector<std::unique_ptr<std::size_t>> all(size);
  for (std::size_t i = 0; i < size; ++i) all[i] = std::make_unique<std::size_t>(i * 7919 % size);
  std::atomic<int> calls = 0;
  bool threw = false;
  try {
    twill::sort(pool, all, [&](const auto& a, const auto& b) {
      if (++calls == k) throw std::out_of_range("x");
      return *a < *b;
    });
  } catch (const std::out_of_range&) {
    threw = true;
  }
  EXPECT_EQ(threw, calls >= k);
  std::vector<char> seen(size);
  for (const auto& each : all)
    if (each == nullptr || std::exchange(seen.at(*each), 1) != 0) ADD_FAILURE() << size << ' ' << k;
  return threw;
}

TEST(SortTest, a_comparison_that_throws_loses_nothing) {
  for (const int workers : {1, 3}) {
    ThreadPool pool({.processes = workers});
    for (const std::size_t size : {2u, 10u, 40u, 300u})
      for (int k = 1; survives(pool, size, k); ++k) continue;
    for (int k = 1; survives(pool, 20'011, k); k += support::kThreadSanitizer ? 29'989 : 3'989)
      continue;
  }
}

TEST(SortTest, several_comparisons_that_throw) {
  ThreadPool pool({.processes = 3});
  std::vector<std::unique_ptr<int>> all;
  for (const int n : numbers(20'000)) all.push_back(std::make_unique<int>(n));
  const auto fail = [](const auto&, const auto&) -> bool { throw 5; };
  for (int i = 0; i < 20; ++i) EXPECT_THROW(twill::sort(pool, all, fail), int);
  EXPECT_TRUE(std::ranges::none_of(all, [](const auto& each) { return each == nullptr; }));
}

TEST(SortTest, a_comparison_that_ends_its_thread_loses_nothing) {
  ThreadPool pool({.processes = 1});
  std::vector<std::unique_ptr<int>> all;
  for (const int n : numbers(1'000)) all.push_back(std::make_unique<int>(n));
  int calls = 0;
  twill::Thread caller([&] {
    twill::sort(pool, all, [&](const auto& a, const auto& b) {
      if (++calls == 3'000) pthread_exit(nullptr);
      return *a < *b;
    });
  });
  caller.start();
  caller.join();
  EXPECT_EQ(calls, 3'000);
  EXPECT_TRUE(std::ranges::none_of(all, [](const auto& each) { return each == nullptr; }));
}

TEST(SortTest, an_order_that_is_none_loses_nothing) {
  ThreadPool pool({.processes = 3});
  std::vector<int> all(30'000);
  std::iota(all.begin(), all.end(), 0);
  std::atomic<unsigned> calls = 0;
  twill::sort(pool, all, [&](int, int) { return (++calls * 2'654'435'761u >> 16 & 1) != 0; });
  std::sort(all.begin(), all.end());
  for (int i = 0; i < 30'000; ++i) ASSERT_EQ(all[static_cast<std::size_t>(i)], i);
}

TEST(SortTest, within_calls_of_the_same_pool) {
  for (const int workers : {1, 2}) {
    ThreadPool pool({.processes = workers});
    std::vector<std::vector<int>> rows;
    for (std::size_t i = 0; i < 10; ++i) rows.push_back(numbers(9'000 + i));
    pool.map(
        [&](std::vector<int>& row) {
          twill::sort(pool, row, [&](int a, int b) {
            return a == 500'000 ? pool.apply(std::less<int>(), a, b) : a < b;
          });
        },
        rows);
    for (const auto& row : rows) EXPECT_TRUE(std::ranges::is_sorted(row));
    EXPECT_TRUE(pool.apply([&] {
      std::vector<int> all = numbers(30'000);
      twill::sort(pool, all);
      return std::ranges::is_sorted(all);
    }));
  }
}

}  // namespace
