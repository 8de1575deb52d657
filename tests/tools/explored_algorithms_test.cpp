// Paths: each algorithm on two workers; a race in what they call is found; calls that throw.

#include <array>
#include <functional>
#include <string>
#include <vector>

#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/task/algorithms.hpp>
#include <twill/task/sort.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::Atomic;
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

/// Calls an algorithm with what throws each number above one that it is given; answers what came.
template <class Algorithm>
int thrown_by(ThreadPool& pool, const Algorithm& algorithm) {
  int thrown = 0;
  try {
    algorithm([](int n) { return n > 1 ? throw n : n; });
  } catch (int n) {
    thrown = n;
  }
  check(pool.apply([] { return 4; }) == 4);
  return thrown;
}

TEST(ExploredAlgorithmsTest, calls_that_throw_in_for_each) {
  const auto found = expect_silence(
      [] {
        ThreadPool pool({.processes = 2});
        Atomic calls(0, "calls");
        const int thrown = thrown_by(pool, [&](const auto& fail) {
          twill::for_each(pool, std::array{1, 2, 3}, [&](int n) { calls.fetch_add(1), fail(n); });
        });
        check(thrown == 2 && calls == 3);
      },
      {.runs = 2'000});
  EXPECT_GE(found.executions, 150u);
}

TEST(ExploredAlgorithmsTest, calls_that_throw_in_reduce) {
  const auto found = expect_silence(
      [] {
        ThreadPool pool({.processes = 2});
        const int thrown = thrown_by(pool, [&](const auto& fail) {
          twill::reduce(pool, std::array{1, 2, 3}, 0,
                        [&](int a, int b) { return fail(a) + fail(b); });
        });
        check(thrown == 2 || thrown == 3);
      },
      {.runs = 2'000});
  EXPECT_GE(found.executions, 150u);
}

TEST(ExploredAlgorithmsTest, comparisons_that_throw_in_sort) {
  const auto found = expect_silence(
      [] {
        ThreadPool pool({.processes = 2});
        std::array all{3, 1, 2};
        const int thrown = thrown_by(pool, [&](const auto& fail) {
          twill::sort(pool, all, [&](int a, int b) { return fail(a) < fail(b); });
        });
        check(thrown == 2 || thrown == 3);
        check(all[0] + all[1] + all[2] == 6 && all[0] * all[1] * all[2] == 6);
      },
      {.runs = 500});
  EXPECT_GE(found.executions, 150u);
}

}  // namespace
}  // namespace patterns
