// Paths: submit, map, shutdown in its four ways, the initializer and its failure, names, tasks that
// submit and wait, executors that are never shut down.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/error.hpp>
#include <twill/task/executor.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/task/wait.hpp>
#include <twill/thread/excepthook.hpp>
#include <twill/thread/threading.hpp>

#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using twill::Event;
using twill::Future;
using Executor = twill::ThreadPoolExecutor;

static_assert(twill::Executor<Executor> && twill::Executor<twill::ThreadPool>);

int square(int n) { return n * n; }

TEST(ThreadPoolExecutorTest, EX1_there_is_a_worker_at_least) {
  EXPECT_THROW(Executor({.max_workers = 0}), twill::ValueError);
  EXPECT_THROW(Executor({.max_workers = -1}), twill::ValueError);
  EXPECT_EQ(Executor().submit(square, 3).result(), 9);
}

TEST(ThreadPoolExecutorTest, EX2_tasks_begin_in_their_order) {
  std::vector<int> order;
  {
    Executor executor({.max_workers = 1});
    for (int i = 0; i < 100; ++i) executor.submit([&order, i] { order.push_back(i); });
  }
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(ThreadPoolExecutorTest, EX2_so_many_at_once_and_no_more) {
  constexpr int kWorkers = 3;
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  twill::Barrier all_at_once(kWorkers);
  Executor executor({.max_workers = kWorkers});
  std::vector<Future<void>> futures;
  for (int i = 0; i < 4 * kWorkers; ++i)
    futures.push_back(executor.submit([&] {
      most = std::max(most.load(), ++running);
      all_at_once.wait();
      --running;
    }));
  for (const auto& future : futures) future.result();
  EXPECT_EQ(most, kWorkers);
}

TEST(ThreadPoolExecutorTest, EX3_threads_are_made_on_demand_and_an_idle_one_is_taken_first) {
  Executor executor({.max_workers = 4, .thread_name_prefix = "mill"});
  const auto who = [] {
    return std::pair(twill::current_thread().name(),
                     static_cast<std::uint32_t>(twill::get_ident()));
  };
  for (int i = 0; i < 5; ++i) {
    const auto [name, context] = executor.submit(who).result();
    EXPECT_EQ(name, "mill_0");
    support::yield_until([id = context] { return support::is_blocked(id); });
  }
}

TEST(ThreadPoolExecutorTest, EX4_map_is_in_order_and_as_long_as_the_shortest) {
  Executor executor({.max_workers = 4});
  std::vector<int> squares;
  for (const int n : executor.map(square, std::vector{1, 2, 3})) squares.push_back(n);
  EXPECT_EQ(squares, (std::vector{1, 4, 9}));
  std::vector<std::string> words;
  const auto join = [](int n, const std::string& word) { return std::to_string(n) + word; };
  for (auto&& word : executor.map(join, std::vector{1, 2, 3}, std::vector<std::string>{"a", "b"}))
    words.push_back(word);
  EXPECT_EQ(words, (std::vector<std::string>{"1a", "2b"}));
}

TEST(ThreadPoolExecutorTest, EX4_map_submits_at_once) {
  Event all_run;
  std::atomic<int> ran = 0;
  Executor executor({.max_workers = 2});
  auto results = executor.map(
      [&](int n) {
        if (++ran == 10) all_run.set();
        return n;
      },
      std::views::iota(0, 10));
  EXPECT_TRUE(all_run.wait());
  EXPECT_EQ(*results.begin(), 0);
}

TEST(ThreadPoolExecutorTest, EX5_map_throws_where_the_call_did) {
  Executor executor({.max_workers = 2});
  auto results = executor.map([](int n) { return n == 1 ? throw std::out_of_range("1") : n; },
                              std::vector{0, 1, 2});
  auto at = results.begin();
  EXPECT_EQ(*at, 0);
  ++at;
  EXPECT_THROW(*at, std::out_of_range);
  ++at;
  EXPECT_EQ(*at, 2);
}

TEST(ThreadPoolExecutorTest, EX6_map_with_a_limit) {
  Event go;
  Executor executor({.max_workers = 1});
  auto results =
      executor.map({.timeout = 20ms}, [&](int n) { return go.wait(), n; }, std::vector{0, 1});
  EXPECT_THROW(*results.begin(), twill::TimeoutError);
  go.set();
}

TEST(ThreadPoolExecutorTest, map_that_is_dropped_is_cancelled) {
  Event begun;
  Event go;
  std::atomic<int> ran = 0;
  Executor executor({.max_workers = 1});
  {
    auto results =
        executor.map([&](int) { ++ran, begun.set(), go.wait(); }, std::views::iota(0, 9));
    begun.wait();
  }
  go.set();
  executor.shutdown();
  EXPECT_EQ(ran, 1);
}

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

TEST(ThreadPoolExecutorTest, EX13_whatever_a_task_throws_is_kept) {
  Executor executor({.max_workers = 1});
  EXPECT_THROW(executor.submit([] { throw 5; }).result(), int);
  EXPECT_THROW(executor.submit([]() -> int { throw std::runtime_error("x"); }).result(),
               std::runtime_error);
  EXPECT_EQ(executor.submit(square, 4).result(), 16);
}

TEST(ThreadPoolExecutorTest, EX14_a_failing_initializer_breaks_it) {
  std::atomic<int> reports = 0;
  const auto before = twill::set_excepthook([&](const twill::ExceptHookArgs&) { ++reports; });
  Executor executor({.max_workers = 1, .initializer = [] { throw std::runtime_error("no tool"); }});
  const auto future = executor.submit(square, 1);
  EXPECT_THROW(future.result(), twill::BrokenThreadPool);
  EXPECT_THROW(executor.submit(square, 2), twill::BrokenThreadPool);
  executor.shutdown();
  twill::set_excepthook(before);
  EXPECT_EQ(reports, 1);
}

TEST(ThreadPoolExecutorTest, EX14_the_initializer_runs_once_in_each_worker) {
  std::mutex mutex;
  std::multiset<std::string> names;
  twill::Barrier both(2);
  {
    Executor executor({.max_workers = 2, .thread_name_prefix = "hand", .initializer = [&] {
                         const std::scoped_lock hold(mutex);
                         names.insert(twill::current_thread().name());
                       }});
    for (int i = 0; i < 4; ++i) executor.submit([&] { both.wait(); });
  }
  EXPECT_EQ(names, (std::multiset<std::string>{"hand_0", "hand_1"}));
}

TEST(ThreadPoolExecutorTest, tasks_submit_and_wait_at_any_depth) {
  constexpr int kDepth = 1'000;
  Executor executor({.max_workers = 1});
  std::function<int(int)> deeper = [&](int depth) {
    return depth == 0 ? 0 : 1 + executor.submit(deeper, depth - 1).result();
  };
  EXPECT_EQ(executor.submit(deeper, kDepth).result(), kDepth);
}

TEST(ThreadPoolExecutorTest, what_was_cancelled_does_not_run) {
  Event begun;
  Event go;
  bool ran = false;
  Executor executor({.max_workers = 1});
  executor.submit([&] { begun.set(), go.wait(); });
  auto second = executor.submit([&] { ran = true; });
  begun.wait();
  EXPECT_TRUE(second.cancel());
  go.set();
  executor.shutdown();
  EXPECT_FALSE(ran);
}

TEST(ThreadPoolExecutorTest, move_only_arguments_and_results) {
  Executor executor({.max_workers = 1});
  auto future = executor.submit([](std::unique_ptr<int> n) { return n; }, std::make_unique<int>(3));
  EXPECT_EQ(*std::move(future).result(), 3);
}

TEST(ThreadPoolExecutorTest, what_a_task_captured_is_gone_with_its_result) {
  const auto alive = std::make_shared<int>();
  Executor executor({.max_workers = 1});
  executor.submit([alive] {}).result();
  EXPECT_EQ(alive.use_count(), 1);
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

TEST(ThreadPoolExecutorTest, the_first_of_several_may_let_the_others_go_on) {
  Event go;
  Executor executor({.max_workers = 2});
  executor
      .submit([&] {
        const std::vector futures{executor.submit([&] { go.wait(); }), executor.submit([] {})};
        twill::wait(futures, {.return_when = twill::ReturnWhen::first_completed});
        go.set();
      })
      .result();
}

TEST(ThreadPoolExecutorTest, results_that_refer_to_what_they_were_given) {
  Executor executor({.max_workers = 1});
  const std::string text(100, 'x');
  EXPECT_EQ(executor.submit(std::identity(), text).result(), text);
  struct Person {
    std::string name;
  };
  for (const std::string& name : executor.map(&Person::name, std::vector<Person>{{text}}))
    EXPECT_EQ(name, text);
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

TEST(ThreadPoolExecutorTest, what_destructors_throw_is_reported) {
  struct Throws {
    ~Throws() noexcept(false) {
      if (armed) throw 5;
    }
    Throws() = default;
    Throws(Throws&& other) noexcept : armed(std::exchange(other.armed, false)) {}
    bool armed = true;
  };
  std::atomic<int> reports = 0;
  const auto before = twill::set_excepthook([&](const twill::ExceptHookArgs&) { ++reports; });
  {
    Executor executor({.max_workers = 1});
    EXPECT_EQ(executor.submit([t = Throws()] { return 1; }).result(), 1);
    for (const int n : executor.map([t = Throws()](int m) { return m; }, std::vector{1, 2}))
      EXPECT_GT(n, 0);
  }
  twill::set_excepthook(before);
  EXPECT_EQ(reports, 2);
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
