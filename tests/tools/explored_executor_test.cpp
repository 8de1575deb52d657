// Paths: two workers and three tasks in every order that was tried; a race and a deadlock in what
// they do are found; the end of an executor; a group; a map; lazy results in a task.

#include <array>
#include <vector>

#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/task/task_group.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::check;
using twill::Event;
using twill::Finding;
using twill::Future;
using twill::Hold;
using twill::Lock;
using twill::Shared;
using twill::ThreadPoolExecutor;

void count_in_three_tasks(bool under_a_lock) {
  Lock lock;
  Shared count(0, "count");
  {
    ThreadPoolExecutor executor({.max_workers = 2, .thread_name_prefix = "worker"});
    for (int i = 0; i < 3; ++i)
      executor.submit([&] {
        if (!under_a_lock) return static_cast<void>(++count);
        const Hold hold(lock);
        ++count;
      });
  }
  check(count == 3);
}

TEST(ExploredExecutorTest, three_tasks_by_two_workers) {
  expect_silence([] { count_in_three_tasks(true); }, {.runs = 5'000});
  const auto found = expect_found(Finding::check, [] { count_in_three_tasks(false); });
  EXPECT_NE(found.table.find("worker_1"), std::string::npos) << found.table;
}

TEST(ExploredExecutorTest, one_task_and_its_end) {
  expect_proof([] {
    Future<int> future = ThreadPoolExecutor({.max_workers = 1}).submit([] { return 1; });
    check(future.done() && future.result() == 1);
  });
}

TEST(ExploredExecutorTest, a_task_is_run_or_cancelled) {
  expect_silence([] {
    Shared ran(false, "ran");
    bool cancelled = false;
    {
      ThreadPoolExecutor executor({.max_workers = 1});
      auto future = executor.submit([&] { ran = true; });
      cancelled = future.cancel();
    }
    check(ran == !cancelled);
  });
}

TEST(ExploredExecutorTest, a_task_waits_for_one_that_it_submits) {
  expect_silence(
      [] {
        ThreadPoolExecutor executor({.max_workers = 1});
        const auto outer =
            executor.submit([&] { return 1 + executor.submit([] { return 1; }).result(); });
        check(outer.result() == 2);
      },
      {.runs = 5'000});
}

TEST(ExploredExecutorTest, two_tasks_that_wait_for_each_other) {
  const auto rendezvous = [](auto& begun, const auto& arrive, const auto& await) {
    ThreadPoolExecutor executor({.max_workers = 1});
    for (std::size_t i = 0; i < 2; ++i)
      executor.submit([&, i] {
        arrive(begun.at(i));
        await(begun.at(1 - i));
      });
  };
  expect_found(Finding::deadlock, [&] {
    std::array<Event, 2> begun;
    rendezvous(begun, [](Event& event) { event.set(); }, [](Event& event) { event.wait(); });
  });
  expect_silence([&] {  // a spare worker takes the place of one that waits for a future
    std::array<Future<void>, 2> begun;
    rendezvous(
        begun, [](Future<void>& future) { future.set_result(); },
        [](Future<void>& future) { future.result(); });
  });
}

TEST(ExploredExecutorTest, a_group_of_three) {
  expect_silence(
      [] {
        ThreadPoolExecutor executor({.max_workers = 2});
        Lock lock;
        Shared count(0, "count");
        twill::TaskGroup group(executor);
        for (int i = 0; i < 3; ++i)
          group.run([&] {
            const Hold hold(lock);
            ++count;
          });
        group.wait();
        check(count == 3);
      },
      {.runs = 3'000});
  expect_found(Finding::data_race, [] {
    ThreadPoolExecutor executor({.max_workers = 2});
    Shared count(0, "count");
    twill::TaskGroup group(executor);
    for (int i = 0; i < 2; ++i) group.run([&] { ++count; });
    group.wait();
  });
}

TEST(ExploredExecutorTest, a_group_in_a_task_of_one_worker) {
  expect_silence(
      [] {
        ThreadPoolExecutor executor({.max_workers = 1});
        Shared sum(0, "sum");
        executor
            .submit([&] {
              twill::TaskGroup group(executor);
              group.run([&] { sum = 1; });
              group.wait();
              check(sum == 1);
            })
            .result();
      },
      {.runs = 3'000});
}

TEST(ExploredExecutorTest, a_map_of_three) {
  expect_silence(
      [] {
        twill::ThreadPool pool({.processes = 2});
        check(pool.map([](int n) { return n + 1; }, std::array{1, 2, 3}) == std::vector{2, 3, 4});
      },
      {.runs = 2'000});
}

TEST(ExploredExecutorTest, lazy_results_in_a_task_of_one_worker) {
  expect_silence(
      [] {
        twill::ThreadPool pool({.processes = 1});
        check(pool.apply([&] {
          int sum = 0;
          for (const int n : pool.imap_unordered([](int m) { return m; }, std::array{1, 2}))
            sum += n;
          return sum;
        }) == 3);
      },
      {.runs = 2'000});
}

}  // namespace
}  // namespace patterns
