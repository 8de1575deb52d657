// Paths: each algorithm on two workers; a race in what they call is found.

#include <array>
#include <functional>
#include <string>
#include <vector>

#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/task/algorithms.hpp>
#include <twill/task/sort.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::check;
using twill::Finding;
using twill::Hold;
using twill::Lock;
using twill::Shared;
using twill::ThreadPool;

void count_in_for_each(bool under_a_lock) {
  ThreadPool pool({.processes = 2});
  Lock lock;
  Shared count(0, "count");
  twill::for_each(pool, std::array{1, 2}, [&](int) {
    if (!under_a_lock) return static_cast<void>(++count);
    const Hold hold(lock);
    ++count;
  });
  check(count == 2);
}

TEST(ExploredAlgorithmsTest, a_counter_in_for_each) {
  expect_silence([] { count_in_for_each(true); }, {.runs = 2'000});
  expect_found(Finding::check, [] { count_in_for_each(false); });  // an addition is lost
}

TEST(ExploredAlgorithmsTest, a_transform_of_three) {
  expect_silence(
      [] {
        ThreadPool pool({.processes = 2});
        std::array out{0, 0, 0};
        twill::transform(pool, std::array{1, 2, 3}, out, std::negate<>());
        check(out == std::array{-1, -2, -3});
      },
      {.runs = 2'000});
}

TEST(ExploredAlgorithmsTest, a_reduce_of_three) {
  const auto join = [](const auto& look) {
    ThreadPool pool({.processes = 2});
    const std::array<std::string, 3> words{"a", "b", "c"};
    const auto both = [&](const std::string& a, const std::string& b) {
      look();
      return a + b;
    };
    check(twill::reduce(pool, words, std::string("<"), both) == "<abc");
  };
  expect_silence([&] { join([] {}); }, {.runs = 2'000});
  expect_silence(
      [] {
        ThreadPool pool({.processes = 1});
        check(twill::reduce(pool, std::array{1, 2, 3}, 0) == 6);
      },
      {.runs = 500});
}

template <class Look>
void sort_four(const Look& look) {
  ThreadPool pool({.processes = 2});
  std::array all{4, 2, 3, 1};
  twill::sort(pool, all, [&](int a, int b) {
    look();
    return a < b;
  });
  check(all == std::array{1, 2, 3, 4});
}

TEST(ExploredAlgorithmsTest, a_sort_of_four) {
  expect_silence([] { sort_four([] {}); }, {.runs = 300});
}

TEST(ExploredAlgorithmsTest, a_counter_in_the_comparison_of_a_sort) {
  expect_found(Finding::data_race, [] {
    Shared comparisons(0, "comparisons");
    sort_four([&] { ++comparisons; });
  });
}

}  // namespace
}  // namespace patterns
