// Paths: sizes about a leaf and about a grain; order; what is moved and what is not; brackets that
// depend on the size alone; failures on either side.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

#include <twill/task/algorithms.hpp>
#include <twill/task/thread_pool.hpp>

#include "support/numbers.hpp"
#include "support/reports.hpp"

namespace {

using support::kSizes;
using support::up_to;
using twill::ThreadPool;

TEST(ReduceTest, sums_numbers) {
  ThreadPool pool({.processes = 3});
  for (const std::size_t size : kSizes) {
    const std::vector<int> all = up_to(size);
    EXPECT_EQ(twill::reduce(pool, all, 5L), std::accumulate(all.begin(), all.end(), 5L));
  }
  EXPECT_EQ(twill::reduce(pool, std::views::iota(0, 10), 0), 45);
  EXPECT_EQ(twill::reduce(pool, std::vector<bool>(77, true), 0), 77);
  EXPECT_EQ(twill::reduce(pool, std::vector{0.5, 0.25}, 0.0), 0.75);
  const auto larger = [](int a, int b) { return std::max(a, b); };
  EXPECT_EQ(twill::reduce(pool, std::array{3, 9, 4}, 0, larger), 9);
}

TEST(ReduceTest, keeps_the_order) {
  ThreadPool pool({.processes = 3});
  for (const std::size_t size : kSizes) {
    std::vector<std::string> words;
    std::string all = "<";
    for (std::size_t i = 0; i < size; ++i) all += words.emplace_back(std::to_string(i % 100));
    EXPECT_EQ(twill::reduce(pool, words, std::string("<")), all);
    if (size > 2) {
      EXPECT_EQ(words[2], "2");  // nothing was moved away
    }
    const auto text = [](int n) { return std::to_string(n % 100); };
    EXPECT_EQ(twill::transform_reduce(pool, up_to(size), std::string("<"), std::plus<>(), text),
              all);
  }
}

TEST(ReduceTest, moves_what_cannot_be_copied) {
  ThreadPool pool({.processes = 2});
  using Number = std::unique_ptr<int>;
  const auto add = [](Number a, const Number& b) {
    *a += *b;
    return a;
  };
  const auto make = [](int n) { return std::make_unique<int>(n); };
  EXPECT_EQ(*twill::transform_reduce(pool, up_to(1'000), make(1), add, make), 499'501);
}

TEST(ReduceTest, has_the_same_brackets_for_any_number_of_workers) {
  const auto brackets = [](const std::string& a, const std::string& b) {
    return "(" + a + b + ")";
  };
  for (const std::size_t size : {5u, 600u}) {
    const std::vector<std::string> words(size, "x");
    ThreadPool one({.processes = 1});
    const std::string all = twill::reduce(one, words, std::string(), brackets);
    for (const int workers : {2, 5}) {
      ThreadPool pool({.processes = workers});
      for (int i = 0; i < 20; ++i)
        ASSERT_EQ(twill::reduce(pool, words, std::string(), brackets), all);
    }
  }
  ThreadPool one({.processes = 1});
  ThreadPool pool({.processes = 3});
  std::vector<double> parts(100'001);
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = 1.0 / static_cast<double>(i + 1);
  const double sum = twill::reduce(one, parts, 0.0);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(twill::reduce(pool, parts, 0.0), sum);
}

TEST(ReduceTest, throws_what_was_thrown) {
  const support::Reports reports;
  {
    ThreadPool pool({.processes = 2});
    for (const int at : {1, 5, 700, 999}) {
      const auto fail = [at](int a, int b) {
        return b >= at ? throw std::out_of_range("x") : a + b;
      };
      EXPECT_THROW(twill::reduce(pool, up_to(1'000), 0, fail), std::out_of_range);
    }
  }
  EXPECT_EQ(reports.count(), 0);
}

}  // namespace
