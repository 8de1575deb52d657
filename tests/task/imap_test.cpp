// ThreadPool::imap and imap_unordered: order, bounds, failures, and who steps through the input.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/thread/threading.hpp>

#include "support/numbers.hpp"

namespace {

using support::square;
using support::squares_up_to;
using support::up_to;
using twill::Event;
using twill::ThreadPool;

TEST(ImapTest, PL7_imap_is_in_order) {
  ThreadPool pool({.processes = 3});
  std::vector<int> all;
  for (const int n : pool.imap(square, up_to(1'000))) all.push_back(n);
  EXPECT_EQ(all, squares_up_to(1'000));
  EXPECT_THROW(pool.imap(square, up_to(3), {.buffer_size = 0}), twill::ValueError);
  EXPECT_EQ(pool.imap(square, up_to(7)).size(), 7u);
}

TEST(ImapTest, PL7_imap_unordered_is_as_it_comes) {
  ThreadPool pool({.processes = 2});
  Event second_is_done;
  std::vector<int> all;
  const auto first_waits = [&](int n) {
    if (n == 0) second_is_done.wait();
    return n;
  };
  for (const int n : pool.imap_unordered(first_waits, std::vector{0, 1})) {
    all.push_back(n);
    second_is_done.set();
  }
  EXPECT_EQ(all, (std::vector{1, 0}));
}

TEST(ImapTest, PL8_a_failing_element_of_imap) {
  ThreadPool pool({.processes = 2});
  auto results =
      pool.imap([](int n) { return n == 1 ? throw std::out_of_range("1") : n; }, up_to(3));
  auto at = results.begin();
  EXPECT_EQ(*at, 0);
  ++at;
  EXPECT_THROW(*at, std::out_of_range);
  EXPECT_THROW(*at, std::out_of_range);
  ++at;
  EXPECT_EQ(*at, 2);
  ++at;
  EXPECT_EQ(at, results.end());
}

TEST(ImapTest, P4_imap_is_bounded) {
  for (const bool ordered : {true, false}) {
    constexpr std::size_t kBound = 5;
    ThreadPool pool({.processes = 2});
    std::atomic<std::size_t> taken = 0;
    auto numbers = std::views::iota(0) | std::views::transform([&](int n) { return ++taken, n; });
    const auto check = [&](auto results) {
      std::size_t read = 0;
      for ([[maybe_unused]] const int n : results) {
        EXPECT_LE(taken, read + kBound);
        if (++read == 1'000) break;
      }
    };
    if (ordered)
      check(pool.imap(square, numbers, {.buffer_size = kBound}));
    else
      check(pool.imap_unordered(square, numbers, {.buffer_size = kBound}));
  }
}

TEST(ImapTest, P4_the_input_is_stepped_through_by_the_reader_alone) {
  ThreadPool pool({.processes = 2});
  std::set<std::uint64_t> threads;
  auto numbers = std::views::iota(0, 200) | std::views::transform([&](int n) {
                   threads.insert(twill::get_ident());
                   return n;
                 });
  for ([[maybe_unused]] const int n : pool.imap(square, numbers)) continue;
  EXPECT_EQ(threads, std::set<std::uint64_t>{twill::get_ident()});
}

TEST(ImapTest, imap_moves_elements_and_results) {
  ThreadPool pool({.processes = 2});
  std::vector<std::unique_ptr<int>> given;
  for (int i = 0; i < 20; ++i) given.push_back(std::make_unique<int>(i));
  auto all =
      std::ranges::subrange(std::move_iterator(given.begin()), std::move_sentinel(given.end()));
  int expected = 0;
  for (auto& each : pool.imap([](std::unique_ptr<int> p) { return p; }, all)) {
    const std::unique_ptr<int> mine = std::move(each);
    EXPECT_EQ(*mine, expected++);
  }
  EXPECT_EQ(expected, 20);
}

TEST(ImapTest, lazy_results_can_be_moved) {
  ThreadPool pool({.processes = 1});
  auto results = pool.imap(square, up_to(5));
  EXPECT_EQ(*results.begin(), 0);
  auto moved = std::move(results);
  auto at = moved.begin();
  EXPECT_EQ(*at, 0);
  ++at;
  EXPECT_EQ(*at, 1);
  moved = pool.imap(square, std::vector{7});
  std::vector<int> all;
  for (const int n : std::views::all(std::move(moved))) all.push_back(n);
  EXPECT_EQ(all, std::vector{49});
}

TEST(ImapTest, an_iterator_that_throws) {
  ThreadPool pool({.processes = 2});
  auto numbers = std::views::iota(0, 100) | std::views::transform([](int n) {
                   return n == 50 ? throw std::out_of_range("50") : n;
                 });
  EXPECT_THROW(pool.map(square, numbers), std::out_of_range);
  int read = 0;
  EXPECT_THROW(
      for ([[maybe_unused]] const int n : pool.imap(square, numbers, {.buffer_size = 4}))++ read,
      std::out_of_range);
  EXPECT_EQ(read, 47);
  EXPECT_EQ(pool.apply(square, 2), 4);
}

TEST(ImapTest, P3_lazy_maps_in_tasks_on_one_worker) {
  ThreadPool pool({.processes = 1});
  for (const bool ordered : {true, false}) {
    const int sum = pool.apply([&] {
      int total = 0;
      if (ordered)
        for (const int n : pool.imap(square, up_to(20), {.buffer_size = 1})) total += n;
      else
        for (const int n : pool.imap_unordered(square, up_to(20), {.buffer_size = 3})) total += n;
      return total;
    });
    EXPECT_EQ(sum, 2470);
  }
}

}  // namespace
