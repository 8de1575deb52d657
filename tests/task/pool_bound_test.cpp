// Paths: a full pool keeps submitters waiting, until there is room, time is over, stop is
// requested, the pool is closed, terminated or broken; all that gives room back; a lazy map; the
// child of a fork.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <pthread.h>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <twill/park/deadlock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/error.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>

#include "support/reports.hpp"
#include "support/runner.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;
using twill::Event;
using twill::Future;
using twill::ThreadPool;
using Executor = twill::ThreadPoolExecutor;

/// An executor with one worker and room for one task, which is taken until it is let go.
struct Full {
  Full() { begun.wait(); }
  ~Full() { go.set(); }

  Event begun;
  Event go;
  Executor pool{{.max_workers = 1, .max_in_flight = 1}};
  Future<void> first = pool.submit([this] { begun.set(), go.wait(); });
};

/// A callable of which copies are counted, as those that pools make.
struct Call {
  struct Count {
    std::atomic<int> now = 0;
    std::atomic<int> most = 0;
  };
  explicit Call(Count& c) noexcept : count(&c) {}
  Call(const Call& other) noexcept : count(other.count), counts(true) {
    const int now = ++count->now;
    for (int most = count->most; most < now;)
      if (count->most.compare_exchange_weak(most, now)) break;
  }
  Call& operator=(const Call&) = delete;
  ~Call() {
    if (counts) --count->now;
  }
  void operator()() const {}

  Count* count;
  bool counts = false;
};

TEST(PoolBoundTest, there_has_to_be_room_for_one) {
  EXPECT_THROW(Executor({.max_in_flight = 0}), twill::ValueError);
  EXPECT_THROW(ThreadPool({.max_in_flight = 0}), twill::ValueError);
  Executor wide({.max_in_flight = ~std::size_t{0}});
  EXPECT_EQ(wide.submit([] { return 1; }).result(), 1);
}

TEST(PoolBoundTest, never_more_than_so_many) {
  for (const int workers : {1, 2, 4}) {
    for (const std::size_t bound : {1u, 2u, 5u}) {
      Call::Count count;
      ThreadPool pool({.processes = workers, .max_in_flight = bound});
      {
        const auto submits = [&] {
          const Call call(count);
          for (int i = 0; i < 300; ++i) pool.apply_async(call);
        };
        Runner one(submits);
        Runner other(submits);
      }
      pool.close();
      pool.join();
      EXPECT_LE(count.most, static_cast<int>(bound)) << workers << " workers";
      EXPECT_EQ(count.now, 0);
    }
  }
}

TEST(PoolBoundTest, who_submits_waits_until_there_is_room) {
  Full full;
  Runner runner([&] { full.pool.submit([] {}).result(); });
  runner.until_blocked();
  EXPECT_FALSE(full.first.done());
  full.go.set();
  runner.join();
  EXPECT_EQ(runner.error(), "");
}

TEST(PoolBoundTest, room_in_time_or_nothing_has_happened) {
  Full full;
  auto given = std::make_unique<int>(3);
  const auto takes = [](std::unique_ptr<int> n) { return *n; };
  EXPECT_THROW(full.pool.submit({.timeout = 0s}, takes, std::move(given)), twill::TimeoutError);
  EXPECT_THROW(full.pool.submit({.timeout = 5ms}, takes, std::move(given)), twill::TimeoutError);
  ASSERT_NE(given, nullptr);
  full.go.set();
  EXPECT_EQ(full.pool.submit({.timeout = 30s}, takes, std::move(given)).result(), 3);
}

TEST(PoolBoundTest, stop_while_there_is_no_room_cancels) {
  Full full;
  std::stop_source source;
  Future<void> future;
  Runner runner([&] { future = full.pool.submit({.stop = source.get_token()}, [] {}); });
  runner.until_blocked();
  source.request_stop();
  runner.join();
  EXPECT_TRUE(future.cancelled());
  EXPECT_TRUE(full.pool.submit({.stop = source.get_token()}, [] {}).cancelled());
}

TEST(PoolBoundTest, close_ends_the_wait_of_all) {
  Full full;
  const auto submits = [&] {
    EXPECT_THROW(full.pool.submit([] {}), twill::RuntimeError);
    EXPECT_THROW(full.pool.submit({.timeout = 30s}, [] {}), twill::RuntimeError);
  };
  Runner one(submits);
  Runner other(submits);
  one.until_blocked();
  other.until_blocked();
  full.pool.shutdown({.wait = false});
  one.join();
  other.join();
  submits();
  EXPECT_EQ(one.error() + other.error(), "");
  full.go.set();
  full.first.result();
}

TEST(PoolBoundTest, terminate_ends_the_wait) {
  Event go;
  ThreadPool pool({.processes = 1, .max_in_flight = 2});
  const auto first = pool.apply_async([&] { go.wait(); });
  const auto second = pool.apply_async([&] { go.wait(); });
  Runner runner([&] { EXPECT_THROW(pool.apply_async([] {}), twill::ValueError); });
  runner.until_blocked();
  pool.terminate();
  runner.join();
  EXPECT_EQ(runner.error(), "");
  go.set();
  pool.join();
  EXPECT_TRUE(first.ready() && second.ready());
}

TEST(PoolBoundTest, a_failing_initializer_ends_the_wait) {
  const support::Reports reports;
  Event go;
  Executor pool({.max_workers = 1,
                 .initializer = [&] { go.wait(), throw std::runtime_error("no tool"); },
                 .max_in_flight = 1});
  const auto first = pool.submit([] {});
  Runner runner([&] { EXPECT_THROW(pool.submit([] {}), twill::BrokenThreadPool); });
  runner.until_blocked();
  go.set();
  runner.join();
  EXPECT_EQ(runner.error(), "");
  EXPECT_THROW(first.result(), twill::BrokenThreadPool);
  pool.shutdown();
}

TEST(PoolBoundTest, a_lazy_map_waits_for_room_as_long_as_for_results) {
  Full full;
  EXPECT_THROW(full.pool.map({.timeout = 5ms}, std::identity(), std::vector{1}),
               twill::TimeoutError);
}

TEST(PoolBoundTest, what_ends_its_thread_gives_room_back) {
  Executor pool({.max_workers = 1, .max_in_flight = 1});
  for (int i = 0; i < 5; ++i) {
    EXPECT_THROW(pool.submit([] { pthread_exit(nullptr); }).result(), twill::RuntimeError);
    const auto outer = pool.submit([&] { pool.submit([] { pthread_exit(nullptr); }); });
    EXPECT_THROW(outer.result(), twill::RuntimeError);
  }
  EXPECT_EQ(pool.submit([] { return 9; }).result(), 9);
}

TEST(PoolBoundTest, what_was_cancelled_counts_until_a_worker_has_seen_it) {
  Event begun;
  Event go;
  Executor pool({.max_workers = 1, .max_in_flight = 2});
  pool.submit([&] { begun.set(), go.wait(); });
  begun.wait();
  Future<void> second = pool.submit([] {});
  EXPECT_TRUE(second.cancel());
  EXPECT_THROW(pool.submit({.timeout = 1ms}, [] {}), twill::TimeoutError);
  go.set();
  EXPECT_EQ(pool.submit([] { return 9; }).result(), 9);
}

TEST(PoolBoundTest, shut_down_at_any_moment) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> ran = 0;
    std::atomic<int> accepted = 0;
    Executor pool({.max_workers = 2, .max_in_flight = 2});
    const auto submits = [&] {
      for (;;) pool.submit([&] { ++ran; }), ++accepted;
    };
    Runner one(submits);
    Runner other(submits);
    support::yield_until([&] { return accepted > round % 7; }, "tasks");
    pool.shutdown();
    one.join();
    other.join();
    EXPECT_EQ(ran, accepted);
    EXPECT_NE(one.error().find("shut down"), std::string::npos);
  }
}

TEST(PoolBoundDeathTest, the_child_of_a_fork_does_not_wait_for_room) {
  EXPECT_EXIT(
      {
        Full& full = *new Full;
        if (const pid_t child = fork(); child != 0) {
          int status = 0;
          waitpid(child, &status, 0);
          _exit(WEXITSTATUS(status));
        }
        try {
          full.pool.submit([] {});
        } catch (const twill::RuntimeError&) {
          _exit(7);
        }
        _exit(1);
      },
      testing::ExitedWithCode(7), "");
}

TEST(PoolBoundDeathTest, a_wait_that_cannot_end_is_named) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "a thread that twill does not know runs here";
  EXPECT_EXIT(
      {
        Executor& pool =
            *new Executor({.max_workers = 1, .thread_name_prefix = "mill", .max_in_flight = 1});
        Event& never = *new Event;
        pool.submit([&] { never.wait(); });
        try {
          pool.submit([] {});
        } catch (const twill::DeadlockError& error) {
          write(2, error.what(), std::string(error.what()).size());
          _exit(7);
        }
        _exit(1);
      },
      testing::ExitedWithCode(7), "mill has room");
}

}  // namespace
