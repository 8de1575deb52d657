// Paths: the system refuses the first thread of a pool, one of several, a spare one, that of the
// watch: the error that is documented, or the work is done by those that are there; nothing is lost
// or kept, and when there are threads again all goes on.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <memory>
#include <numeric>
#include <pthread.h>
#include <stdexcept>
#include <stop_token>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/algorithms.hpp>
#include <twill/task/graph.hpp>
#include <twill/task/sort.hpp>
#include <twill/task/starvation.hpp>
#include <twill/task/task_group.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/task/wait.hpp>
#include <twill/thread/threading.hpp>

#include "support/errno_of.hpp"
#include "support/no_threads.hpp"
#include "support/numbers.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::errno_of;
using support::NoThreads;
using support::square;
using support::up_to;
using twill::Event;
using twill::Future;
using twill::ThreadPool;
using Executor = twill::ThreadPoolExecutor;

/// An executor of two, of which one is there, and is in a call until it is let go.
struct Half {
  Half() { begun.wait(); }
  ~Half() { go.set(); }

  Event begun;
  Event go;
  Executor pool{{.max_workers = 2}};
  Future<void> first = pool.submit([this] { begun.set(), go.wait(); });
};

TEST(NoThreadsTest, a_pool_is_made_with_all_workers_or_not_at_all) {
  const auto before = twill::active_count();
  for (const int after : {0, 1, 3}) {
    const NoThreads none(after);
    std::atomic<int> begun = 0;
    EXPECT_EQ(errno_of([&] { ThreadPool({.processes = 4, .initializer = [&] { ++begun; }}); }),
              EAGAIN);
    EXPECT_EQ(begun, after);
    EXPECT_EQ(twill::active_count(), before);
  }
  EXPECT_EQ(ThreadPool({.processes = 4}).apply(square, 3), 9);
}

TEST(NoThreadsTest, the_first_submit_throws_and_keeps_neither_call_nor_room) {
  const auto alive = std::make_shared<int>();
  Executor pool({.max_workers = 2, .max_in_flight = 1});
  {
    const NoThreads none;
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(errno_of([&] { pool.submit([alive] {}); }), EAGAIN);
      EXPECT_EQ(errno_of([&] { pool.submit([alive](std::stop_token) {}); }), EAGAIN);
      EXPECT_EQ(errno_of([&] { pool.map(square, up_to(9)); }), EAGAIN);
      EXPECT_EQ(alive.use_count(), 1);
    }
  }
  EXPECT_EQ(pool.submit(square, 3).result(), 9);
}

TEST(NoThreadsTest, an_executor_that_could_start_nobody_can_be_shut_down) {
  for (const bool cancel : {false, true}) {
    Executor pool({.max_workers = 2});
    {
      const NoThreads none;
      EXPECT_EQ(errno_of([&] { pool.submit(square, 3); }), EAGAIN);
    }
    pool.shutdown({.cancel_futures = cancel});
    EXPECT_THROW(pool.submit(square, 3), twill::RuntimeError);
  }
}

TEST(NoThreadsTest, who_is_there_does_what_others_were_wanted_for) {
  Half half;
  std::vector<Future<int>> waiting;
  {
    const NoThreads none;
    for (int i = 0; i < 100; ++i) waiting.push_back(half.pool.submit(square, i));
  }
  half.go.set();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(waiting.at(static_cast<std::size_t>(i)).result(), i * i);
}

TEST(NoThreadsTest, the_next_submit_starts_who_was_refused) {
  Half half;
  std::vector<Future<int>> waiting;
  {
    const NoThreads none;
    waiting.push_back(half.pool.submit(square, 2));
  }
  EXPECT_EQ(half.pool.submit(square, 3).result(), 9);
  EXPECT_EQ(waiting.front().result(), 4);
  EXPECT_FALSE(half.first.done());
}

TEST(NoThreadsTest, calls_within_calls_need_no_spare_one) {
  Executor pool({.max_workers = 1});
  pool.submit([] {}).result();
  const NoThreads none;
  std::function<int(int)> deeper = [&](int depth) {
    return depth == 0 ? 0 : 1 + pool.submit(deeper, depth - 1).result();
  };
  EXPECT_EQ(pool.submit(deeper, 20).result(), 20);
  EXPECT_EQ(pool.submit([&] {
                  const std::array both{pool.submit(square, 1), pool.submit(square, 2)};
                  twill::wait(both);
                  return both[0].result() + both[1].result();
                })
                .result(),
            5);
}

TEST(NoThreadsTest, a_spare_one_that_was_refused_is_tried_again) {
  Executor pool({.max_workers = 1});
  std::atomic<std::uint32_t> id = 0;
  Future<int> outside;
  Future<int> outer;
  {
    const NoThreads none(1);
    outer = pool.submit([&] {
      id = twill::detail::self();
      return 1 + outside.result();
    });
    support::yield_until([&] { return support::is_blocked(id); }, "a worker to block");
    const auto queued = pool.submit(square, 2);
    EXPECT_FALSE(queued.done());
  }
  EXPECT_EQ(pool.submit(square, 3).result(), 9);
  outside.set_result(4);
  EXPECT_EQ(outer.result(), 5);
}

TEST(NoThreadsTest, whoever_comes_back_does_what_a_spare_one_was_wanted_for) {
  Executor pool({.max_workers = 1});
  const NoThreads none(1);
  Future<int> outside;
  const auto outer = pool.submit([&] { return 1 + outside.result(); });
  const auto queued = pool.submit(square, 2);
  outside.set_result(4);
  EXPECT_EQ(outer.result(), 5);
  EXPECT_EQ(queued.result(), 4);
}

TEST(NoThreadsTest, a_call_fails_if_the_last_worker_is_gone) {
  Executor pool({.max_workers = 1});
  {
    const NoThreads none(1);
    EXPECT_THROW(pool.submit([] { pthread_exit(nullptr); }).result(), twill::RuntimeError);
    try {
      static_cast<void>(pool.submit(square, 2).result());
      ADD_FAILURE() << "nobody is there to do it";
    } catch (const twill::OSError& refused) {
      EXPECT_EQ(refused.code().value(), EAGAIN);
    } catch (const twill::BrokenThreadPool&) {  // submitted before the worker was gone
    }
  }
  EXPECT_EQ(pool.submit(square, 3).result(), 9);
}

TEST(NoThreadsTest, what_is_queued_behind_the_last_worker_is_given_up) {
  Executor pool({.max_workers = 1});
  Event go;
  const NoThreads none(1);
  const auto ends = pool.submit([&] { go.wait(), pthread_exit(nullptr); });
  const auto next = pool.submit(square, 2);
  go.set();
  EXPECT_THROW(ends.result(), twill::RuntimeError);
  EXPECT_TRUE(next.try_wait(30s)) << "done, failed or cancelled, but not stranded";
}

TEST(NoThreadsTest, who_has_a_group_does_its_members) {
  Executor pool({.max_workers = 4});
  const NoThreads none;
  int done = 0;
  twill::TaskGroup group(pool);
  for (int i = 0; i < 100; ++i) group.run([&] { ++done; });
  EXPECT_FALSE(group.try_wait(5ms)) << "which does not work";
  group.wait();
  EXPECT_EQ(done, 100);
  group.run([] { throw std::out_of_range("x"); });
  EXPECT_THROW(group.wait(), std::out_of_range);
}

TEST(NoThreadsTest, algorithms_are_done_by_who_calls_them) {
  Executor pool({.max_workers = 4});
  std::vector<int> all = up_to(10'000);
  const int sum = std::accumulate(all.begin(), all.end(), 0);
  const NoThreads none;
  const auto me = twill::get_ident();
  const auto check = [&] { EXPECT_EQ(twill::get_ident(), me); };
  twill::for_each(pool, all, [&](int& n) { check(), n = -n; });
  twill::transform(pool, all, all, [](int n) { return -n; });
  EXPECT_EQ(twill::reduce(pool, all, 0), sum);
  twill::sort(pool, all, std::greater<>());
  EXPECT_EQ(all.front(), 9'999);
  EXPECT_THROW(twill::for_each(pool, all, [](int) { throw std::out_of_range("x"); }),
               std::out_of_range);
}

TEST(NoThreadsTest, algorithms_that_need_a_worker_throw) {
  Executor pool({.max_workers = 4, .initializer = [] {}});
  std::vector<int> all = up_to(100);
  twill::Graph graph;
  graph.add("one", [] {});
  {
    const NoThreads none;
    EXPECT_EQ(errno_of([&] { twill::for_each(pool, all, [](int&) {}); }), EAGAIN);
    EXPECT_EQ(errno_of([&] { twill::reduce(pool, all, 0); }), EAGAIN);
    EXPECT_EQ(errno_of([&] { twill::sort(pool, all); }), EAGAIN);
  }
  EXPECT_EQ(twill::reduce(pool, all, 0), 4'950);
}

TEST(NoThreadsTest, a_graph_is_run_by_who_calls_it) {
  Executor pool({.max_workers = 4});
  twill::Graph graph;
  auto one = graph.add("one", [] { return 1; });
  auto other = graph.add("other", [] { return 2; });
  auto sum = graph.add("sum", std::plus<int>(), one, other);
  const NoThreads none;
  graph.run(pool);
  graph.run(pool);
  EXPECT_EQ(sum.result(), 3);
}

TEST(NoThreadsTest, maps_of_a_pool_do_without_spare_ones) {
  ThreadPool pool({.processes = 2, .max_in_flight = 1});
  const NoThreads none;
  std::function<int(int)> deeper = [&](int depth) -> int {
    return depth == 0 ? 0 : 1 + pool.map(deeper, std::vector{depth - 1}).front();
  };
  EXPECT_EQ(pool.apply(deeper, 20), 20);
  EXPECT_EQ(pool.map(square, up_to(1'000)), support::squares_up_to(1'000));
  int sum = 0;
  for (const int n : pool.imap(square, up_to(5))) sum += n;
  EXPECT_EQ(sum, 30);
}

void watch_without_a_thread() {
  const auto watch = [] { twill::set_starvation_watch(1h); };
  bool refused = false;
  {
    const NoThreads none;
    refused = errno_of(watch) == EAGAIN && errno_of(watch) == EAGAIN;
  }
  const auto threads = twill::active_count();
  const bool works = errno_of(watch) == 0 && ThreadPool({.processes = 1}).apply(square, 3) == 9;
  std::_Exit(refused && works && twill::active_count() == threads ? 0 : 1);
}

TEST(NoThreadsDeathTest, the_starvation_watch_throws_and_may_be_set_again) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a process whose watch has no thread yet
  EXPECT_EXIT(watch_without_a_thread(), testing::ExitedWithCode(0), "");
}

void exit_from_the_only_worker() {
  static Executor& pool = *new Executor({.max_workers = 1});
  static twill::Event& queued = *new twill::Event;
  const NoThreads none(1);
  pool.submit([] {
    queued.wait();
    std::exit(3);
  });
  pool.submit([] {});
  queued.set();
  twill::sleep(60s);
}

TEST(NoThreadsDeathTest, an_exit_by_the_only_worker_ends_the_program) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(exit_from_the_only_worker(), testing::ExitedWithCode(3), "");
}

}  // namespace
