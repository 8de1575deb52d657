// Paths: who works for a full pool submits to it without a wait: workers at any depth,
// initializers, callbacks, continuations, guests, members of groups and maps; a worker of another
// pool waits.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <utility>
#include <vector>

#include <twill/sync/event.hpp>
#include <twill/task/task_group.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/task/wait.hpp>
#include <twill/thread/threading.hpp>

#include "support/runner.hpp"

namespace {

using support::Runner;
using twill::Event;
using twill::Future;
using twill::ThreadPool;
using Executor = twill::ThreadPoolExecutor;

TEST(PoolBoundInsideTest, an_initializer_may_submit) {
  std::atomic<int> ran = 0;
  std::function<void()> initializer = [] {};
  Executor pool({.max_workers = 1, .initializer = [&] { initializer(); }, .max_in_flight = 1});
  initializer = [&] { pool.submit([&] { ++ran; }).result(); };
  pool.submit([&] { ++ran; }).result();
  EXPECT_EQ(ran, 2);
}

TEST(PoolBoundInsideTest, a_worker_makes_the_call_itself) {
  Executor pool({.max_workers = 1, .max_in_flight = 1});
  const auto [inner, outer] = pool.submit([&] {
                                    const auto where = [] { return twill::get_ident(); };
                                    const auto there = pool.submit(where);
                                    EXPECT_TRUE(there.done());
                                    return std::pair(there.result(), where());
                                  })
                                  .result();
  EXPECT_EQ(inner, outer);
}

TEST(PoolBoundInsideTest, workers_submit_and_wait_at_any_depth) {
  const auto before = twill::stack_size(128 * 1024);
  for (const std::size_t bound : {1u, 2u, 7u}) {
    Executor pool({.max_workers = 1, .max_in_flight = bound});
    std::function<int(int)> deeper = [&](int depth) {
      return depth == 0 ? 0 : 1 + pool.submit(deeper, depth - 1).result();
    };
    EXPECT_EQ(pool.submit(deeper, 1'000).result(), 1'000);
  }
  twill::stack_size(before);
}

TEST(PoolBoundInsideTest, a_tree_of_calls_that_nobody_waits_for) {
  std::atomic<int> leaves = 0;
  {
    Executor pool({.max_workers = 3, .max_in_flight = 4});
    Runner waiting([&] {
      std::function<Future<void>(int)> grow = [&](int height) {
        return pool.submit([&, height] {
          if (height == 0) return static_cast<void>(++leaves);
          const std::vector both{grow(height - 1), grow(height - 1)};
          twill::wait(both);
        });
      };
      grow(10).result();
    });
    waiting.join();
    EXPECT_EQ(waiting.error(), "");
  }
  EXPECT_EQ(leaves, 1024);
}

TEST(PoolBoundInsideTest, callbacks_and_continuations_submit) {
  Executor pool({.max_workers = 1, .max_in_flight = 1});
  Event go;
  std::atomic<int> ran = 0;
  Future<int> first = pool.submit([&] { return go.wait(), 1; });
  first.add_done_callback([&](Future<int>&) { pool.submit([&] { ++ran; }); });
  const auto second =
      first.then([&](int n) { return pool.submit([n] { return n + 1; }).result(); });
  go.set();
  EXPECT_EQ(second.result(), 2);
  pool.shutdown();
  EXPECT_EQ(ran, 1);
}

TEST(PoolBoundInsideTest, whoever_has_a_group_submits) {
  Executor pool({.max_workers = 1, .max_in_flight = 1});
  for (int round = 0; round < 100; ++round) {
    std::atomic<int> done = 0;
    twill::TaskGroup group(pool);
    for (int i = 0; i < 10; ++i) group.run([&] { done += pool.submit([] { return 1; }).result(); });
    for (int i = 0; i < 10; ++i) pool.submit([&] { ++done; });
    group.wait();
    pool.submit([] {}).result();
    EXPECT_EQ(done, 20);
  }
}

TEST(PoolBoundInsideTest, maps_do_not_count) {
  ThreadPool pool({.processes = 2, .max_in_flight = 1});
  const auto nested = [&](int n) { return pool.apply([n] { return n + 1; }); };
  std::vector<int> expected(100);
  for (int i = 0; i < 100; ++i) expected[static_cast<std::size_t>(i)] = i + 1;
  EXPECT_EQ(pool.map(nested, std::views::iota(0, 100)), expected);
  EXPECT_EQ(pool.map_async(nested, std::views::iota(0, 100)).get(), expected);
}

TEST(PoolBoundInsideTest, lazy_maps_whose_buffer_is_larger) {
  ThreadPool pool({.processes = 2, .max_in_flight = 2});
  const auto sum_of_some = [&pool](int last) {
    int sum = 0;
    for (const int n : pool.imap(std::identity(), std::views::iota(0), {.buffer_size = 50})) {
      sum += n;
      if (n == last) break;
    }
    for (const int n : pool.imap_unordered(std::identity(), std::views::iota(0, last + 1)))
      sum += n;
    return sum;
  };
  EXPECT_EQ(sum_of_some(200), 40'200);
  EXPECT_EQ(pool.apply(sum_of_some, 200), 40'200);
  Executor executor({.max_workers = 1, .max_in_flight = 1});
  int sum = 0;
  for (const int n : executor.map(std::identity(), std::views::iota(0, 100))) sum += n;
  EXPECT_EQ(sum, 4'950);
}

TEST(PoolBoundInsideTest, a_worker_of_another_pool_gives_up_its_place_meanwhile) {
  Executor other({.max_workers = 1});
  Executor full({.max_workers = 1, .max_in_flight = 1});
  Event begun;
  Event go;
  const auto holds = full.submit([&] {
    begun.set(), go.wait();
    return other.submit([] { return 1; }).result();
  });
  begun.wait();
  std::atomic<std::uint32_t> id = 0;
  const auto waits = other.submit([&] {
    id = twill::detail::self();
    return full.submit([] { return 2; }).result();
  });
  support::yield_until([&] { return support::is_blocked(id); }, "a worker to block");
  go.set();
  EXPECT_EQ(holds.result(), 1);
  EXPECT_EQ(waits.result(), 2);
}

}  // namespace
