// What all executors have in common, of threads and of processes.

#include <gtest/gtest.h>

#include <csignal>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include <twill/mp/process_pool_executor.hpp>
#include <twill/platform/error.hpp>
#include <twill/task/executor.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/task/wait.hpp>

#include "mp/start_methods.hpp"
#include "support/gate.hpp"
#include "support/ledger.hpp"
#include "support/numbers.hpp"

namespace {

using namespace std::chrono_literals;
using support::Gate;
using support::Ledger;
using support::square;
using twill::mp::ProcessPoolExecutor;

template <class E>
class AnyExecutorTest : public start_methods::Test {};

struct Names {
  template <class E>
  static std::string GetName(int) {
    return std::is_same_v<E, ProcessPoolExecutor> ? "processes" : "threads";
  }
};
using Executors = testing::Types<twill::ThreadPoolExecutor, ProcessPoolExecutor>;
TYPED_TEST_SUITE(AnyExecutorTest, Executors, Names);

static_assert(twill::Executor<ProcessPoolExecutor>);

int add(int a, int b) { return a + b; }
int wait_and_square(const std::string& gate, int n) {
  Gate::wait(gate);
  return n * n;
}

TYPED_TEST(AnyExecutorTest, EX1_there_is_a_worker_at_least) {
  EXPECT_THROW(TypeParam({.max_workers = 0}), twill::ValueError);
  EXPECT_THROW(TypeParam({.max_workers = -1}), twill::ValueError);
  EXPECT_EQ(TypeParam().submit(square, 3).result(), 9);
}

TYPED_TEST(AnyExecutorTest, EX2_tasks_begin_in_their_order) {
  const Ledger ledger;
  {
    TypeParam executor({.max_workers = 1});
    for (int i = 0; i < 50; ++i) executor.submit(Ledger::write, ledger.path(), i);
  }
  EXPECT_EQ(ledger.read(), support::up_to(50));
}

TYPED_TEST(AnyExecutorTest, EX4_map_is_in_order_and_as_long_as_the_shortest) {
  TypeParam executor({.max_workers = 2});
  std::vector<int> sums;
  for (const int sum : executor.map(add, std::views::iota(0, 5), std::views::iota(10)))
    sums.push_back(sum);
  EXPECT_EQ(sums, (std::vector{10, 12, 14, 16, 18}));
}

TYPED_TEST(AnyExecutorTest, EX5_map_throws_where_the_call_did) {
  TypeParam executor({.max_workers = 2});
  const auto fail = [](int n) { return n == 1 ? throw std::out_of_range("1") : n; };
  auto results = executor.map(fail, std::views::iota(0, 3));
  auto at = results.begin();
  EXPECT_EQ(*at, 0);
  ++at;
  EXPECT_THROW(*at, std::out_of_range);
  ++at;
  EXPECT_EQ(*at, 2);
}

TYPED_TEST(AnyExecutorTest, EX6_map_with_a_limit) {
  const Gate gate;
  TypeParam executor({.max_workers = 1});
  auto results =
      executor.map({.timeout = 1ms}, wait_and_square, std::vector{gate.path()}, std::vector{3});
  EXPECT_THROW(*results.begin(), twill::TimeoutError);
  gate.open();
}

TYPED_TEST(AnyExecutorTest, EX9_nothing_after_shutdown) {
  TypeParam executor({.max_workers = 1});
  executor.shutdown();
  executor.shutdown();
  EXPECT_THROW(executor.submit(square, 3), twill::RuntimeError);
  EXPECT_THROW(executor.map(square, std::views::iota(0, 3)), twill::RuntimeError);
}

TYPED_TEST(AnyExecutorTest, EX10_shutdown_waits_for_what_was_submitted) {
  TypeParam executor({.max_workers = 2});
  std::vector<twill::Future<int>> futures;
  for (int i = 0; i < 20; ++i) futures.push_back(executor.submit(square, i));
  executor.shutdown({.wait = false});
  executor.shutdown();
  for (auto& future : futures) EXPECT_TRUE(future.done());
}

TYPED_TEST(AnyExecutorTest, EX11_shutdown_may_cancel_what_has_not_begun) {
  const Gate gate;
  TypeParam executor({.max_workers = 1});
  auto first = executor.submit(wait_and_square, gate.path(), 3);
  while (!first.running()) usleep(100);
  auto second = executor.submit(square, 2);
  executor.shutdown({.wait = false, .cancel_futures = true});
  EXPECT_TRUE(second.cancelled());
  gate.open();
  EXPECT_EQ(first.result(), 9);
}

TYPED_TEST(AnyExecutorTest, EX13_what_a_task_throws_is_kept) {
  TypeParam executor({.max_workers = 1});
  EXPECT_THROW(executor.submit([] { throw std::out_of_range("x"); }).result(), std::out_of_range);
  EXPECT_EQ(executor.submit(square, 2).result(), 4);
}

TYPED_TEST(AnyExecutorTest, futures_are_waited_for_together) {
  TypeParam executor({.max_workers = 2});
  std::vector<twill::Future<int>> futures;
  for (int i = 0; i < 10; ++i) futures.push_back(executor.submit(square, i));
  int sum = 0;
  for (auto& future : twill::as_completed(futures)) sum += future.result();
  EXPECT_EQ(sum, 285);
}

class MpProcessPoolExecutorTest : public start_methods::Test {};

TEST_F(MpProcessPoolExecutorTest, EX16_a_lost_worker_breaks_nothing) {
  ProcessPoolExecutor executor({.max_workers = 1});
  EXPECT_THROW(executor.submit([] { kill(getpid(), SIGKILL); }).result(), twill::mp::WorkerLost);
  EXPECT_EQ(executor.submit(square, 2).result(), 4);
}

TEST_F(MpProcessPoolExecutorTest, EX3_processes_are_started_as_they_are_needed) {
  ProcessPoolExecutor executor({.max_workers = 8});
  const int pid = executor.submit(getpid).result();
  EXPECT_EQ(executor.submit(getpid).result(), pid);
}

TEST_F(MpProcessPoolExecutorTest, EX20_workers_are_replaced_after_so_many_tasks) {
  EXPECT_THROW(ProcessPoolExecutor({.max_tasks_per_child = 0}), twill::ValueError);
  ProcessPoolExecutor executor({.max_workers = 1, .max_tasks_per_child = 1});
  std::set<int> pids;
  for (int i = 0; i < 3; ++i) pids.insert(executor.submit(getpid).result());
  EXPECT_EQ(pids.size(), 3u);
}

TEST_F(MpProcessPoolExecutorTest, EX21_all_can_be_killed) {
  const Gate gate;
  ProcessPoolExecutor executor({.max_workers = 1});
  auto first = executor.submit(wait_and_square, gate.path(), 3);
  auto second = executor.submit(square, 3);
  while (!first.running()) usleep(100);
  executor.kill_workers();
  EXPECT_THROW(first.result(), twill::CancelledError);
  EXPECT_THROW(second.result(), twill::CancelledError);
  EXPECT_THROW(executor.submit(square, 3), twill::RuntimeError);
}

}  // namespace
