// ThreadPoolExecutor: shutdown in its four ways, by its own tasks too, threads that end, forks, and
// executors that are never shut down.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/error.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>

#include "support/numbers.hpp"

namespace {

using namespace std::chrono_literals;
using support::square;
using twill::Event;
using twill::Future;
using Executor = twill::ThreadPoolExecutor;

TEST(ThreadPoolExecutorTest, EX9_nothing_after_shutdown) {
  Executor executor;
  executor.shutdown();
  executor.shutdown();
  EXPECT_THROW(executor.submit(square, 1), twill::RuntimeError);
  EXPECT_THROW(executor.map(square, std::vector{1}), twill::RuntimeError);
}

TEST(ThreadPoolExecutorTest, EX10_shutdown_waits_for_what_was_submitted) {
  std::atomic<int> ran = 0;
  Executor executor({.max_workers = 2});
  for (int i = 0; i < 50; ++i) executor.submit([&] { ++ran; });
  executor.shutdown();
  EXPECT_EQ(ran, 50);
}

TEST(ThreadPoolExecutorTest, EX10_or_does_not_and_it_is_done_all_the_same) {
  Event go;
  Executor executor({.max_workers = 1});
  const auto first = executor.submit([&] { go.wait(); });
  const auto second = executor.submit(square, 2);
  executor.shutdown({.wait = false});
  EXPECT_FALSE(first.done());
  go.set();
  EXPECT_EQ(second.result(), 4);
}

TEST(ThreadPoolExecutorTest, EX11_shutdown_may_cancel_what_has_not_begun) {
  Event begun;
  Event go;
  Executor executor({.max_workers = 1});
  const auto first = executor.submit([&] { begun.set(), go.wait(); });
  const auto second = executor.submit(square, 2);
  begun.wait();
  executor.shutdown({.wait = false, .cancel_futures = true});
  EXPECT_TRUE(second.cancelled());
  go.set();
  first.result();
}

TEST(ThreadPoolExecutorTest, a_task_may_shut_its_executor_down) {
  Executor executor({.max_workers = 2});
  executor.submit([&] { executor.shutdown(); }).result();
  EXPECT_THROW(executor.submit(square, 1), twill::RuntimeError);
}

TEST(ThreadPoolExecutorTest, a_task_may_destroy_its_executor) {
  auto executor = std::make_unique<Executor>();
  Executor& mine = *executor;
  mine.submit([&] { executor.reset(); }).result();
  EXPECT_EQ(executor, nullptr);
}

TEST(ThreadPoolExecutorTest, EX11_what_a_worker_has_taken_is_cancelled_as_well) {
  for (int round = 0; round < 20; ++round) {
    constexpr int kShort = 2'000;
    Event begun;
    Event go;
    std::atomic<int> ran = 0;
    std::vector<Future<void>> futures;
    Executor executor({.max_workers = 1});
    for (int i = 0; i < kShort; ++i)
      futures.push_back(executor.submit([&, i] {
        ++ran;
        if (i == kShort / 2) begun.set(), go.wait();
      }));
    begun.wait();
    executor.shutdown({.wait = false, .cancel_futures = true});
    go.set();
    executor.shutdown();
    EXPECT_EQ(ran, kShort / 2 + 1);
    for (const auto& future : futures) EXPECT_TRUE(future.done());
  }
}

TEST(ThreadPoolExecutorTest, a_task_that_ends_its_thread_fails_and_the_others_are_done) {
  Executor executor({.max_workers = 1});
  const auto ends = executor.submit([] { pthread_exit(nullptr); });
  const auto next = executor.submit(square, 3);
  EXPECT_THROW(ends.result(), twill::RuntimeError);
  EXPECT_EQ(next.result(), 9);
}

TEST(ThreadPoolExecutorTest, an_initializer_that_ends_its_thread_breaks_it) {
  Executor executor({.max_workers = 1, .initializer = [] { pthread_exit(nullptr); }});
  EXPECT_THROW(executor.submit(square, 3).result(), twill::BrokenThreadPool);
}

TEST(ThreadPoolExecutorTest, the_last_handle_may_go_with_a_worker) {
  auto owner = std::make_shared<Executor>(twill::ThreadPoolExecutorOptions{.max_workers = 1});
  Executor& executor = *owner;
  Event gone;
  struct Last {
    ~Last() {
      executor.reset();
      gone->set();
    }
    std::shared_ptr<Executor> executor;
    Event* gone;
  };
  executor
      .submit([&] {
        thread_local Last last;
        last.executor = owner;
        last.gone = &gone;
      })
      .result();
  executor.shutdown({.wait = false});
  owner.reset();
  gone.wait();
}

TEST(ThreadPoolExecutorDeathTest, the_child_of_a_fork_has_no_workers) {
  EXPECT_EXIT(
      {
        Executor executor({.max_workers = 2});
        executor.submit(square, 2).result();
        if (const pid_t child = fork(); child != 0) {
          int status = 0;
          waitpid(child, &status, 0);
          _exit(WEXITSTATUS(status));
        }
        try {
          executor.submit(square, 3);
        } catch (const twill::RuntimeError&) {
          _exit(7);
        }
        _exit(1);
      },
      testing::ExitedWithCode(7), "");
}

TEST(ThreadPoolExecutorDeathTest, a_task_may_exit) {
  EXPECT_EXIT(
      {
        static Executor& executor = *new Executor({.max_workers = 1});
        static twill::Event& submitted = *new twill::Event;
        executor.submit([] {
          submitted.wait();
          std::exit(3);
        });
        executor.submit([] { write(2, "all done\n", 9); });
        submitted.set();
        twill::sleep(60s);
      },
      testing::ExitedWithCode(3), "all done");
}

TEST(ThreadPoolExecutorDeathTest, EX12_at_the_end_all_that_was_submitted_is_done) {
  EXPECT_EXIT(
      {
        static Executor& forgotten = *new Executor({.max_workers = 1});
        for (int i = 0; i < 3; ++i)
          forgotten.submit([i] {
            twill::sleep(1ms);
            if (i == 2) write(2, "all done\n", 9);
          });
        std::exit(0);
      },
      testing::ExitedWithCode(0), "all done");
}

}  // namespace
