// Paths: submit, map, the initializer and its failure, names, tasks that submit and wait.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/error.hpp>
#include <twill/task/executor.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/task/wait.hpp>
#include <twill/thread/threading.hpp>

#include "support/numbers.hpp"
#include "support/reports.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::square;
using twill::Event;
using twill::Future;
using Executor = twill::ThreadPoolExecutor;

static_assert(twill::Executor<Executor> && twill::Executor<twill::ThreadPool>);

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

TEST(ThreadPoolExecutorTest, EX13_whatever_a_task_throws_is_kept) {
  Executor executor({.max_workers = 1});
  EXPECT_THROW(executor.submit([] { throw 5; }).result(), int);
  EXPECT_THROW(executor.submit([]() -> int { throw std::runtime_error("x"); }).result(),
               std::runtime_error);
  EXPECT_EQ(executor.submit(square, 4).result(), 16);
}

TEST(ThreadPoolExecutorTest, EX14_a_failing_initializer_breaks_it) {
  const support::Reports reports;
  Executor executor({.max_workers = 1, .initializer = [] { throw std::runtime_error("no tool"); }});
  const auto future = executor.submit(square, 1);
  EXPECT_THROW(future.result(), twill::BrokenThreadPool);
  EXPECT_THROW(executor.submit(square, 2), twill::BrokenThreadPool);
  executor.shutdown();
  EXPECT_EQ(reports.count(), 1);
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

TEST(ThreadPoolExecutorTest, what_destructors_throw_is_reported) {
  struct Throws {
    ~Throws() noexcept(false) {
      if (armed) throw 5;
    }
    Throws() = default;
    Throws(Throws&& other) noexcept : armed(std::exchange(other.armed, false)) {}
    bool armed = true;
  };
  const support::Reports reports;
  {
    Executor executor({.max_workers = 1});
    EXPECT_EQ(executor.submit([t = Throws()] { return 1; }).result(), 1);
    for (const int n : executor.map([t = Throws()](int m) { return m; }, std::vector{1, 2}))
      EXPECT_GT(n, 0);
  }
  EXPECT_EQ(reports.count(), 2);
}

}  // namespace
