// Paths: members done by the group's thread, by workers, added by members; failures; cancel;
// groups within groups, of several pools, of one thread side by side.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <pthread.h>
#include <stdexcept>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/task/task_group.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/thread/excepthook.hpp>
#include <twill/thread/thread.hpp>

namespace {

using twill::TaskGroup;
using Pool = twill::ThreadPoolExecutor;

int fibonacci(Pool& pool, int n) {
  if (n < 2) return n;
  int one = 0;
  TaskGroup group(pool);
  group.run([&] { one = fibonacci(pool, n - 1); });
  const int other = fibonacci(pool, n - 2);
  group.wait();
  return one + other;
}

TEST(TaskGroupTest, splits_and_joins) {
  Pool pool({.max_workers = 3});
  EXPECT_EQ(fibonacci(pool, 20), 6765);
}

TEST(TaskGroupTest, splits_and_joins_in_a_worker) {
  Pool pool({.max_workers = 2});
  EXPECT_EQ(pool.submit([&] { return fibonacci(pool, 20); }).result(), 6765);
}

TEST(TaskGroupTest, many_members) {
  constexpr int kMembers = 100'000;
  Pool pool({.max_workers = 2});
  std::atomic<int> done = 0;
  TaskGroup group(pool);
  for (int i = 0; i < kMembers; ++i) group.run([&] { ++done; });
  group.wait();
  EXPECT_EQ(done, kMembers);
  group.run([&] { done = 0; });
  group.wait();
  EXPECT_EQ(done, 0);
}

TEST(TaskGroupTest, members_are_done_while_the_thread_does_something_else) {
  Pool pool({.max_workers = 2});
  twill::Event done;
  TaskGroup group(pool);
  group.run([&] { done.set(); });
  done.wait();
}

TEST(TaskGroupTest, members_add_members) {
  Pool pool({.max_workers = 2});
  std::atomic<int> done = 0;
  TaskGroup group(pool);
  for (int i = 0; i < 100; ++i)
    group.run([&] {
      ++done;
      for (int j = 0; j < 10; ++j) group.run([&] { ++done; });
    });
  group.wait();
  EXPECT_EQ(done, 1100);
}

TEST(TaskGroupTest, the_first_failure_is_thrown_and_drops_the_rest) {
  Pool pool({.max_workers = 2});
  TaskGroup group(pool);
  group.run([] { throw std::out_of_range("one"); });
  EXPECT_THROW(group.wait(), std::out_of_range);
  EXPECT_FALSE(group.cancelled());
  group.run([] {});
  group.wait();
}

TEST(TaskGroupTest, the_destructor_waits_and_reports) {
  int reports = 0;
  const auto before = twill::set_excepthook([&](const twill::ExceptHookArgs&) { ++reports; });
  std::atomic<int> done = 0;
  Pool pool({.max_workers = 2});
  {
    TaskGroup group(pool);
    group.run([&] { ++done; });
  }
  EXPECT_EQ(done, 1);
  {
    TaskGroup group(pool);
    group.run([&] { throw 5; });
  }
  twill::set_excepthook(before);
  EXPECT_EQ(reports, 1);
}

TEST(TaskGroupTest, an_exception_that_leaves_the_scope_drops_what_has_not_begun) {
  Pool pool({.max_workers = 1});
  twill::Event begun;
  twill::Event go;
  auto busy = pool.submit([&] { begun.set(), go.wait(); });
  begun.wait();
  bool ran = false;
  try {
    TaskGroup group(pool);
    group.run([&] { ran = true; });
    throw 5;
  } catch (int) {
  }
  EXPECT_FALSE(ran);
  go.set();
}

TEST(TaskGroupTest, captures_are_gone_with_the_wait) {
  const auto alive = std::make_shared<int>();
  Pool pool({.max_workers = 2});
  TaskGroup group(pool);
  for (int i = 0; i < 100; ++i) group.run([alive] {});
  group.wait();
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(TaskGroupTest, two_groups_of_a_thread_side_by_side) {
  Pool pool({.max_workers = 2});
  std::atomic<int> done = 0;
  auto first = std::make_unique<TaskGroup>(pool);
  first->run([&] { ++done; });
  TaskGroup second(pool);
  second.run([&] { ++done; });
  first->wait();
  first.reset();
  second.run([&] { ++done; });
  second.wait();
  EXPECT_EQ(done, 3);
}

TEST(TaskGroupTest, groups_of_two_pools) {
  Pool a({.max_workers = 1});
  Pool b({.max_workers = 1});
  std::atomic<int> done = 0;
  const auto in_b = [&] {
    TaskGroup group(b);
    for (int i = 0; i < 10; ++i) group.run([&] { done += a.submit([] { return 1; }).result(); });
    group.wait();
  };
  a.submit(in_b).result();
  EXPECT_EQ(done, 10);
  TaskGroup first(a);
  first.run(in_b);
  TaskGroup second(b);
  second.run(in_b);
  second.wait();
  first.wait();
  EXPECT_EQ(done, 30);
}

TEST(TaskGroupTest, only_its_thread_waits) {
  Pool pool({.max_workers = 1});
  TaskGroup group(pool);
  group.run([&] { EXPECT_THROW(group.wait(), twill::RuntimeError); });
  group.wait();
  twill::Thread other([&] { EXPECT_THROW(group.wait(), twill::RuntimeError); });
  other.start();
  other.join();
}

TEST(TaskGroupTest, of_a_pool_that_was_shut_down) {
  Pool pool({.max_workers = 1});
  pool.shutdown();
  int done = 0;
  TaskGroup group(pool);
  group.run([&] { ++done; });
  group.wait();
  EXPECT_EQ(done, 1);
}

TEST(TaskGroupTest, one_after_the_other_at_one_place) {
  constexpr int kMembers = 6;
  constexpr int kGroups = 2'000;
  Pool pool({.max_workers = kMembers});
  for (int i = 0; i < kGroups; ++i) {
    std::atomic<int> done = 0;
    TaskGroup group(pool);
    for (int j = 0; j < kMembers; ++j) group.run([&] { ++done; });
    group.wait();
    ASSERT_EQ(done, kMembers);
  }
}

TEST(TaskGroupTest, a_guest_may_wait_for_anything) {
  constexpr int kRounds = 2'000;
  Pool pool({.max_workers = 2});
  twill::Condition changed;
  int turns = 0;
  TaskGroup group(pool);
  group.run([] {});
  twill::Thread other([&] {
    for (int i = 0; i < kRounds; ++i) {
      pool.submit([] {}).result();
      const twill::Hold hold(changed);
      ++turns;
      changed.notify();
    }
  });
  other.start();
  for (int seen = 0; seen < kRounds;) {
    const twill::Hold hold(changed);
    while (turns == seen) changed.wait();
    seen = turns;
  }
  other.join();
}

TEST(TaskGroupTest, groups_of_a_thread_are_waited_for_in_any_order) {
  Pool pool({.max_workers = 1});
  twill::Event begun;
  twill::Event go;
  pool.submit([&] { begun.set(), go.wait(); });  // nobody else will help
  begun.wait();
  int done = 0;
  TaskGroup first(pool);
  TaskGroup second(pool);
  first.run([&] { done += 1; });
  second.run([&] { done += 10; });
  first.wait();
  EXPECT_EQ(done, 1);
  second.wait();
  EXPECT_EQ(done, 11);
  go.set();
}

TEST(TaskGroupTest, a_member_that_ends_its_thread_has_failed) {
  Pool pool({.max_workers = 1});
  twill::Event begun;
  TaskGroup group(pool);
  group.run([&] { begun.set(), pthread_exit(nullptr); });
  begun.wait();  // by a worker, then
  EXPECT_THROW(group.wait(), twill::RuntimeError);
  EXPECT_EQ(pool.submit([] { return 1; }).result(), 1);
}

}  // namespace
