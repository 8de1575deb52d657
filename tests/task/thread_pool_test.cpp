// What calls of threads have that those of processes have not: they share memory. What all pools
// have in common is tested in tests/mp/any_pool_test.cpp.

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <forward_list>
#include <list>
#include <memory>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/error.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/thread/threading.hpp>

#include "support/numbers.hpp"
#include "support/reports.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using support::square;
using support::squares_up_to;
using support::up_to;
using twill::Callbacks;
using twill::Event;
using twill::ThreadPool;

TEST(ThreadPoolTest, PL2_apply_answers_or_throws) {
  ThreadPool pool({.processes = 2});
  EXPECT_EQ(pool.apply([](int a, int b) { return a - b; }, 5, 3), 2);
  EXPECT_THROW(pool.apply([] { throw std::out_of_range("x"); }), std::out_of_range);
}

TEST(ThreadPoolTest, PL3_map_takes_any_range) {
  ThreadPool pool({.processes = 2});
  const std::vector<int> expected = squares_up_to(100);
  const std::vector<int> all = up_to(100);
  EXPECT_EQ(pool.map(square, std::views::iota(0, 100)), expected);
  EXPECT_EQ(pool.map(square, std::deque(all.begin(), all.end())), expected);
  EXPECT_EQ(pool.map(square, std::list(all.begin(), all.end())), expected);
  EXPECT_EQ(pool.map(square, std::forward_list(all.begin(), all.end())), expected);
  std::stringstream stream;
  for (const int n : all) stream << n << ' ';
  EXPECT_EQ(pool.map(square, std::views::istream<int>(stream)), expected);
  std::list<int> doubled(all.begin(), all.end());
  pool.map([](int& n) { n *= 2; }, doubled);
  EXPECT_EQ(std::accumulate(doubled.begin(), doubled.end(), 0), 9900);
}

template <class R>
concept Mappable = requires(ThreadPool& pool, R range) { pool.map(square, range); };
static_assert(Mappable<std::vector<int>>);
static_assert(!Mappable<std::ranges::iota_view<int>>);  // it never ends

struct NoDefault {
  explicit NoDefault(int n) : value(std::make_unique<int>(n)) {}
  std::unique_ptr<int> value;
};

TEST(ThreadPoolTest, results_of_every_kind) {
  ThreadPool pool({.processes = 2});
  const auto all = pool.map([](int n) { return NoDefault(n); }, up_to(50));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(*all[static_cast<std::size_t>(i)].value, i);
  const std::vector<bool> odd = pool.map([](int n) { return n % 2 != 0; }, up_to(1'000));
  for (std::size_t i = 0; i < odd.size(); ++i) EXPECT_EQ(odd[i], i % 2 != 0);
  std::vector<std::unique_ptr<int>> given;
  for (int i = 0; i < 10; ++i) given.push_back(std::make_unique<int>(i));
  const auto taken = pool.map([](std::unique_ptr<int>& p) { return std::move(p); }, given);
  EXPECT_EQ(*taken[9], 9);
}

TEST(ThreadPoolTest, PL5_a_failing_element) {
  ThreadPool pool({.processes = 2});
  std::atomic<int> calls = 0;
  const auto fail = [&](int n) {
    ++calls;
    if (n == 70) throw std::out_of_range("70");
    if (n == 30) throw std::runtime_error("30");
    return n;
  };
  EXPECT_THROW(
      {
        try {
          pool.map(fail, up_to(100));
        } catch (const std::runtime_error& first) {
          EXPECT_STREQ(first.what(), "30");
          throw;
        }
      },
      std::runtime_error);
  EXPECT_EQ(calls, 100);
}

TEST(ThreadPoolTest, PL18_closed_pools_finish_their_work) {
  std::atomic<int> done = 0;
  ThreadPool pool({.processes = 2});
  EXPECT_THROW(pool.join(), twill::ValueError);
  for (int i = 0; i < 100; ++i) pool.apply_async([&] { ++done; });
  pool.close();
  pool.close();
  EXPECT_THROW(pool.apply(square, 1), twill::ValueError);
  EXPECT_THROW(pool.map(square, up_to(3)), twill::ValueError);
  EXPECT_THROW(pool.map_async(square, up_to(0)), twill::ValueError);
  EXPECT_THROW(pool.imap(square, up_to(3)), twill::ValueError);
  pool.join();
  pool.join();
  EXPECT_EQ(done, 100);
}

TEST(ThreadPoolTest, PL19_terminate_cancels_what_has_not_begun) {
  Event begun;
  Event go;
  ThreadPool pool({.processes = 1});
  const auto first = pool.apply_async([&] { begun.set(), go.wait(); });
  const auto second = pool.apply_async(square, 2);
  begun.wait();
  pool.terminate();
  pool.terminate();
  EXPECT_THROW(second.get(), twill::CancelledError);
  go.set();
  pool.join();
  EXPECT_TRUE(first.successful());
}

TEST(ThreadPoolTest, ten_million_queued_calls_can_be_dropped) {
  constexpr bool kSanitized = support::kAddressSanitizer || support::kThreadSanitizer;
  constexpr int kCalls = kSanitized ? 500'000 : 10'000'000;  // those need ten times the memory
  Event begun;
  Event go;
  std::atomic<int> done = 0;
  ThreadPool pool({.processes = 1});
  pool.apply_async([&] { begun.set(), go.wait(); });
  begun.wait();
  for (int i = 0; i < kCalls; ++i) pool.submit([&] { ++done; });
  pool.terminate();
  go.set();
  pool.join();
  EXPECT_EQ(done, 0);
}

TEST(ThreadPoolTest, the_scope_waits) {
  std::atomic<int> done = 0;
  {
    ThreadPool pool({.processes = 2});
    for (int i = 0; i < 100; ++i) pool.apply_async([&] { ++done; });
  }
  EXPECT_EQ(done, 100);
}

TEST(ThreadPoolTest, PL21_the_initializer_runs_in_each_worker) {
  static thread_local bool is_ready = false;
  std::atomic<int> workers = 0;
  ThreadPool pool({.processes = 2, .initializer = [&] { is_ready = true, ++workers; }});
  for (const bool ready : pool.map([](int) { return is_ready; }, up_to(1'000))) EXPECT_TRUE(ready);
  EXPECT_FALSE(is_ready);
  pool.close();
  pool.join();
  EXPECT_EQ(workers, 2);
}

TEST(ThreadPoolTest, a_failing_initializer_breaks_it) {
  const support::Reports reports;
  {
    ThreadPool pool({.processes = 2, .initializer = [] { throw std::runtime_error("no tool"); }});
    EXPECT_THROW(pool.apply(square, 1), twill::BrokenThreadPool);
    EXPECT_THROW(pool.map(square, up_to(3)), twill::BrokenThreadPool);
  }
}

TEST(ThreadPoolTest, P3_maps_in_maps_on_one_worker) {
  constexpr int kDepth = 1'000;
  ThreadPool pool({.processes = 1});
  std::function<int(int)> deeper = [&](int depth) -> int {
    return depth == 0 ? 0 : 1 + pool.map(deeper, std::vector{depth - 1}).front();
  };
  EXPECT_EQ(pool.apply(deeper, kDepth), kDepth);
  std::function<int(int)> waiting = [&](int depth) -> int {
    return depth == 0 ? 0 : 1 + pool.map_async(waiting, std::vector{depth - 1}).get().front();
  };
  EXPECT_EQ(pool.apply(waiting, kDepth), kDepth);
}

TEST(ThreadPoolTest, low_priorities_go_first) {
  Event begun;
  Event go;
  std::vector<int> order;
  {
    ThreadPool pool({.processes = 1});
    pool.submit([&] { begun.set(), go.wait(); });
    begun.wait();
    for (const int priority : {0, 5, -5, 0, 5, -5})
      pool.submit({.priority = priority}, [&order, priority] { order.push_back(priority); });
    go.set();
  }
  EXPECT_EQ(order, (std::vector{-5, -5, 0, 0, 5, 5}));
}

TEST(ThreadPoolTest, a_pool_is_destroyed_by_its_own_task) {
  auto pool = std::make_unique<ThreadPool>(twill::ThreadPoolOptions{.processes = 2});
  ThreadPool& mine = *pool;
  const auto result = mine.apply_async([&] { pool.reset(); });
  result.get();
  EXPECT_EQ(pool, nullptr);
}

TEST(ThreadPoolTest, names) {
  ThreadPool pool({.processes = 1, .name = "mill"});
  EXPECT_EQ(pool.apply([] { return twill::current_thread().name(); }), "mill_0");
}

}  // namespace
