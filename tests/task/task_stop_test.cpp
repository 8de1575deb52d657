// Paths: stop is requested of a call before it is submitted, while it is queued, as it begins,
// while it runs and after its end; by the submitter's token, the future, and the end of the pool;
// of calls that take a token and of others; callbacks of tokens that last long.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <pthread.h>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/queue/queue.hpp>
#include <twill/queue/simple_queue.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/semaphore.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>

#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;
using twill::Event;
using twill::Future;
using twill::ThreadPool;
using Executor = twill::ThreadPoolExecutor;

/// Waits for what never comes, unless it is stopped.
struct Sleeper {
  void operator()(const std::stop_token& stop) const {
    begun->set();
    never->acquire(stop);
  }

  std::shared_ptr<Event> begun = std::make_shared<Event>();
  std::shared_ptr<twill::Semaphore> never = std::make_shared<twill::Semaphore>(0);
};

class TaskStopTest : public testing::Test {
 protected:
  std::stop_source source;
};

TEST_F(TaskStopTest, a_token_is_given_to_those_who_need_one) {
  Executor pool({.max_workers = 1});
  const auto with = [](std::stop_token stop, int n) { return stop.stop_possible() ? n : -1; };
  EXPECT_EQ(pool.submit(with, 5).result(), 5);
  EXPECT_EQ(pool.submit([](std::stop_token stop) { return stop.stop_requested(); }).result(),
            false);
  const auto needs_none = [](std::stop_token stop = {}) { return stop.stop_possible(); };
  EXPECT_FALSE(pool.submit(needs_none).result());
  EXPECT_EQ(pool.submit([](auto... all) { return (all + ...); }, 1, 2).result(), 3);
  EXPECT_EQ(pool.submit(with, std::stop_token(), 5).result(), -1);
  auto moved = pool.submit([](const std::stop_token&, std::unique_ptr<int> n) { return n; },
                           std::make_unique<int>(3));
  EXPECT_EQ(*std::move(moved).result(), 3);
  ThreadPool threads({.processes = 1});
  EXPECT_EQ(threads.apply(with, 6), 6);
  EXPECT_EQ(threads.apply_async(with, 7).get(), 7);
}

TEST_F(TaskStopTest, a_future_stops_what_runs) {
  Executor pool({.max_workers = 1});
  const Sleeper sleeper;
  auto future = pool.submit(sleeper);
  sleeper.begun->wait();
  EXPECT_FALSE(future.cancel());
  EXPECT_TRUE(future.request_stop());
  EXPECT_THROW(future.result(), twill::CancelledError);
  EXPECT_TRUE(future.failed());
  EXPECT_FALSE(future.cancelled());
  EXPECT_FALSE(future.request_stop());
}

TEST_F(TaskStopTest, a_future_cancels_what_has_not_begun) {
  Executor pool({.max_workers = 1});
  Event go;
  Event begun;
  auto first = pool.submit([&] { begun.set(), go.wait(); });
  auto second = pool.submit([](std::stop_token) {});
  begun.wait();
  EXPECT_FALSE(first.request_stop());  // takes no token
  EXPECT_TRUE(second.request_stop());
  EXPECT_TRUE(second.cancelled());
  go.set();
  first.result();
  EXPECT_FALSE(first.request_stop());
}

TEST_F(TaskStopTest, an_async_result_as_well) {
  ThreadPool pool({.processes = 1});
  const Sleeper sleeper;
  std::atomic<int> errors = 0;
  auto result = pool.apply_async(
      twill::Callbacks{.error_callback = [&](const std::exception_ptr&) { ++errors; }}, sleeper);
  sleeper.begun->wait();
  EXPECT_TRUE(result.request_stop());
  EXPECT_THROW(result.get(), twill::CancelledError);
  EXPECT_EQ(errors, 1);
}

TEST_F(TaskStopTest, stopped_before_it_is_submitted_it_never_runs) {
  Executor pool({.max_workers = 1});
  source.request_stop();
  bool ran = false;
  const auto plain = pool.submit({.stop = source.get_token()}, [&] { ran = true; });
  const auto other =
      pool.submit({.stop = source.get_token()}, [&](std::stop_token) { ran = true; });
  EXPECT_TRUE(plain.cancelled() && other.cancelled());
  EXPECT_THROW(plain.result(), twill::CancelledError);
  pool.shutdown();
  EXPECT_FALSE(ran);
}

TEST_F(TaskStopTest, stopped_while_it_is_queued_it_is_cancelled_at_once) {
  Executor pool({.max_workers = 1});
  Event go;
  bool ran = false;
  const auto first = pool.submit([&] { go.wait(); });
  const auto second = pool.submit({.stop = source.get_token()}, [&] { ran = true; });
  Runner waits([&] { EXPECT_THROW(second.result(), twill::CancelledError); });
  waits.until_blocked();
  source.request_stop();
  waits.join();
  EXPECT_FALSE(first.done());
  go.set();
  pool.shutdown();
  EXPECT_FALSE(ran);
}

TEST_F(TaskStopTest, stopped_while_it_runs_it_hears_of_it) {
  Executor pool({.max_workers = 2});
  const Sleeper sleeper;
  const auto future = pool.submit({.stop = source.get_token()}, sleeper);
  Event go;
  Event begun;
  const auto deaf = pool.submit({.stop = source.get_token()}, [&] {
    begun.set(), go.wait();
    return 5;
  });
  sleeper.begun->wait();
  begun.wait();
  source.request_stop();
  EXPECT_THROW(future.result(), twill::CancelledError);
  go.set();
  EXPECT_EQ(deaf.result(), 5);
}

TEST_F(TaskStopTest, the_token_reaches_every_wait) {
  Executor pool({.max_workers = 8});
  twill::Queue<int> queue;
  Future<void> future;
  Event event;
  std::vector<Future<void>> waiting;
  std::atomic<int> begun = 0;
  const auto add = [&](auto wait) {
    waiting.push_back(
        pool.submit({.stop = source.get_token()}, [&begun, wait](std::stop_token stop) {
          ++begun;
          wait(stop);
        }));
  };
  add([&](const std::stop_token& stop) { queue.get(stop); });
  add([&](const std::stop_token& stop) { future.result(stop); });
  add([&](const std::stop_token& stop) { event.wait(stop); });
  add([&](const std::stop_token& stop) { pool.submit(Sleeper()).result(stop); });
  support::yield_until([&] { return begun == 4; });
  source.request_stop();
  for (const auto& each : waiting) EXPECT_THROW(each.result(), twill::CancelledError);
  pool.shutdown({.cancel_futures = true});
}

TEST_F(TaskStopTest, terminate_reaches_what_runs) {
  ThreadPool pool({.processes = 2});
  const Sleeper one;
  const Sleeper other;
  const auto first = pool.apply_async(one);
  const auto second = pool.apply_async(other);
  one.begun->wait();
  other.begun->wait();
  pool.terminate();
  pool.join();
  EXPECT_THROW(first.get(), twill::CancelledError);
  EXPECT_THROW(second.get(), twill::CancelledError);
}

TEST_F(TaskStopTest, a_shutdown_that_cancels_reaches_it_and_another_does_not) {
  Executor pool({.max_workers = 1});
  const Sleeper sleeper;
  const auto future = pool.submit(sleeper);
  sleeper.begun->wait();
  pool.shutdown({.wait = false});
  EXPECT_FALSE(future.try_wait(1ms));
  pool.shutdown({.cancel_futures = true});
  EXPECT_TRUE(future.done());
}

TEST_F(TaskStopTest, terminate_at_any_moment) {
  for (int round = 0; round < 300; ++round) {
    ThreadPool pool({.processes = 2, .max_in_flight = 3});
    const Sleeper sleeper;
    std::vector<twill::AsyncResult<void>> results;
    Runner submits([&] {
      for (;;) results.push_back(pool.apply_async(sleeper));
    });
    if (round % 3 != 0) sleeper.begun->wait();
    pool.terminate();
    submits.join();
    pool.join();
    for (const auto& each : results) EXPECT_THROW(each.get(), twill::CancelledError);
  }
}

TEST_F(TaskStopTest, stop_at_the_moment_it_begins) {
  Executor pool({.max_workers = 2});
  for (int round = 0; round < 500; ++round) {
    std::stop_source one;
    const Sleeper sleeper;
    auto future = pool.submit({.stop = one.get_token()}, sleeper);
    for (int i = 0; i < round % 50; ++i) std::this_thread::yield();
    if (round % 2 == 0)
      one.request_stop();
    else
      future.request_stop();
    EXPECT_THROW(future.result(), twill::CancelledError);
    EXPECT_TRUE(future.cancelled() || sleeper.begun->is_set());
  }
}

TEST_F(TaskStopTest, nobody_has_to_keep_the_future) {
  const Sleeper sleeper;
  {
    Executor pool({.max_workers = 1});
    pool.submit({.stop = source.get_token()}, sleeper);
    pool.submit({.stop = source.get_token()}, [] { FAIL(); });
    sleeper.begun->wait();
    source.request_stop();
  }
  EXPECT_EQ(sleeper.begun.use_count(), 1);
}

TEST_F(TaskStopTest, the_submitters_source_may_outlive_it_all) {
  for (int i = 0; i < 100; ++i) {
    Executor pool({.max_workers = 1});
    EXPECT_EQ(pool.submit({.stop = source.get_token()}, [i] { return i; }).result(), i);
  }
  EXPECT_TRUE(source.request_stop());
}

TEST_F(TaskStopTest, a_slow_callback_keeps_only_who_asked_waiting) {
  Event in;
  Event go;
  twill::SimpleQueue<std::stop_token> tokens;
  Event end;
  Executor pool({.max_workers = 1});
  const auto future = pool.submit({.stop = source.get_token()}, [&](std::stop_token stop) {
    tokens.put(std::move(stop));
    end.wait();
    return 3;
  });
  const std::stop_callback slow(tokens.get(), [&] { in.set(), go.wait(); });
  Runner asks([&] { source.request_stop(); });
  in.wait();
  end.set();
  EXPECT_EQ(future.result(), 3);
  EXPECT_FALSE(asks.done());
  go.set();
}

TEST_F(TaskStopTest, a_call_that_was_given_a_token_may_end_its_thread) {
  Executor pool({.max_workers = 1});
  const auto future = pool.submit([](std::stop_token) { pthread_exit(nullptr); });
  EXPECT_THROW(future.result(), twill::RuntimeError);
  EXPECT_EQ(pool.submit([](std::stop_token) { return 2; }).result(), 2);
  pool.shutdown({.cancel_futures = true});
}

TEST_F(TaskStopTest, a_call_may_stop_itself) {
  Executor pool({.max_workers = 1});
  const auto future = pool.submit({.stop = source.get_token()}, [&](std::stop_token stop) {
    source.request_stop();
    return stop.stop_requested();
  });
  EXPECT_TRUE(future.result());
  const auto last = pool.submit([&](std::stop_token stop) {
    pool.shutdown({.cancel_futures = true});
    return stop.stop_requested();
  });
  EXPECT_TRUE(last.result());
}

}  // namespace
