// What a pool costs that does nothing: no processor time, and little memory.

#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/starvation.hpp>
#include <twill/task/task_group.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/thread/thread.hpp>

#include "support/idle.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using twill::ThreadPool;

TEST(PoolCostTest, idle_pools_use_no_processor) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "its own thread ticks";
  ThreadPool unused({.processes = 4});
  ThreadPool used({.processes = 4});
  twill::ThreadPoolExecutor executor({.max_workers = 4});
  const auto square = [](int n) { return n * n; };
  used.map(square, std::vector<int>(1'000, 2));
  for (const int n : executor.map(square, std::vector<int>(1'000, 2))) ASSERT_EQ(n, 4);
  EXPECT_TRUE(support::comes_to_rest());
}

TEST(PoolCostTest, tasks_that_wait_use_no_processor) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "its own thread ticks";
  ThreadPool pool({.processes = 2});
  twill::Event event;
  pool.apply_async([&] { event.wait(); });
  const auto sleeper = pool.apply_async([&] { event.wait(1h); });
  for (int i = 0; i < 100; ++i) pool.apply_async([] {});
  twill::set_starvation_watch(1h);
  EXPECT_TRUE(support::comes_to_rest());
  twill::set_starvation_watch(0s);
  event.set();
  sleeper.get();
}

TEST(PoolCostTest, groups_that_wait_use_no_processor) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "its own thread ticks";
  ThreadPool pool({.processes = 2});
  twill::Event event;
  twill::Thread thread([&] {
    twill::TaskGroup group(pool);
    for (int i = 0; i < 4; ++i) group.run([&] { event.wait(); });
    group.wait();
  });
  thread.start();
  EXPECT_TRUE(support::comes_to_rest());
  event.set();
  thread.join();
}

/// What of the process's memory is its own and not on disk, in bytes.
std::size_t own_memory() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  std::string word;
  std::size_t kilobytes = 0;
  while (rollup >> word)
    if (word == "Private_Dirty:") rollup >> kilobytes;
  return kilobytes * 1024;
}

TEST(PoolCostTest, a_pool_of_four_takes_less_than_200_KiB) {
  if (support::kAddressSanitizer || support::kThreadSanitizer)
    GTEST_SKIP() << "sanitizers need memory of their own";
  constexpr std::size_t kPools = 20;
  const auto make = [] {
    auto pool = std::make_unique<ThreadPool>(twill::ThreadPoolOptions{.processes = 4});
    pool->map([](int n) { return n + 1; }, std::vector<int>(1'000, 1));
    return pool;
  };
  std::vector<std::unique_ptr<ThreadPool>> pools;
  pools.reserve(kPools + 1);
  pools.push_back(make());
  const std::size_t before = own_memory();
  ASSERT_GT(before, 0u);
  while (pools.size() <= kPools) pools.push_back(make());
  const std::size_t each = (own_memory() - before) / kPools;
  RecordProperty("bytes_of_a_pool", static_cast<int>(each));
  EXPECT_LT(each, 200u * 1024) << "the touched parts of its stacks included";
}

}  // namespace
