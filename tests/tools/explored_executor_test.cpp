// Paths: two workers and three tasks in every order that was tried; a race and a deadlock in what
// they do are found; the end of an executor.

#include <array>

#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::check;
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
  expect_found(Finding::deadlock, [] {
    std::array<Future<void>, 2> begun;
    ThreadPoolExecutor executor({.max_workers = 1});
    for (std::size_t i = 0; i < 2; ++i)
      executor.submit([&, i] {
        begun.at(i).set_result();
        begun.at(1 - i).result();
      });
  });
}

}  // namespace
}  // namespace patterns
