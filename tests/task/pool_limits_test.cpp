// Paths: groups, maps and the ends of pools, which are awaited for some time or until stop is
// requested: done in time, given up and awaited again, given up at the moment of the end.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <tuple>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/task_group.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/thread/threading.hpp>

#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;
using twill::Event;
using twill::TaskGroup;
using twill::ThreadPool;
using Executor = twill::ThreadPoolExecutor;

class PoolLimitsTest : public testing::Test {
 protected:
  std::stop_source source;
  Event begun;
  Event go;
};

TEST_F(PoolLimitsTest, a_pool_is_joined_for_some_time) {
  ThreadPool pool({.processes = 2});
  EXPECT_THROW(pool.join(1ms), twill::ValueError);
  EXPECT_THROW(pool.try_join(), twill::ValueError);
  pool.apply_async([&] { go.wait(); });
  pool.close();
  EXPECT_FALSE(pool.join(1ms));
  EXPECT_FALSE(pool.try_join());
  Runner stopped([&] { EXPECT_THROW(pool.join(source.get_token()), twill::CancelledError); });
  stopped.until_blocked();
  source.request_stop();
  stopped.join();
  EXPECT_FALSE(pool.try_join(30s, source.get_token()));
  go.set();
  EXPECT_TRUE(pool.join(30s));
  EXPECT_TRUE(pool.try_join());
  pool.join(std::stop_token());
}

TEST_F(PoolLimitsTest, an_executor_is_shut_down_for_some_time) {
  Executor pool({.max_workers = 1});
  const auto future = pool.submit([&] { go.wait(); });
  EXPECT_THROW(pool.shutdown({.timeout = 1ms}), twill::TimeoutError);
  EXPECT_THROW(pool.submit([] {}), twill::RuntimeError);
  source.request_stop();
  EXPECT_THROW(pool.shutdown({.stop = source.get_token()}), twill::CancelledError);
  go.set();
  pool.shutdown({.timeout = 30s});
  EXPECT_TRUE(future.done());
}

TEST_F(PoolLimitsTest, a_task_that_shuts_its_executor_down_is_not_late) {
  Executor pool({.max_workers = 1});
  pool.submit([&] { pool.shutdown({.timeout = 0s}); }).result();
}

TEST_F(PoolLimitsTest, a_group_that_is_not_done_in_time_keeps_its_members) {
  Executor pool({.max_workers = 1});
  std::atomic<int> done = 0;
  TaskGroup group(pool);
  EXPECT_TRUE(group.try_wait());
  for (int i = 0; i < 10; ++i) group.run([&] { go.wait(), ++done; });
  EXPECT_FALSE(group.try_wait());
  EXPECT_FALSE(group.wait(1ms));
  source.request_stop();
  EXPECT_THROW(group.wait(source.get_token()), twill::CancelledError);
  EXPECT_EQ(done, 0);
  go.set();
  EXPECT_TRUE(group.wait(30s));
  EXPECT_EQ(done, 10);
  group.run([&] { done = 0; });
  group.wait(std::stop_token());
  EXPECT_EQ(done, 0);
}

TEST_F(PoolLimitsTest, who_waits_with_a_limit_does_no_member) {
  Executor pool({.max_workers = 1});
  const auto in_a_group = [&pool] {
    bool here = false;
    const auto me = twill::get_ident();
    TaskGroup group(pool);
    for (int i = 0; i < 3; ++i) group.run([&] { here |= twill::get_ident() == me; });
    EXPECT_TRUE(group.wait(30s));
    return here;
  };
  EXPECT_FALSE(pool.submit(in_a_group).result());  // a spare worker does them
  pool.submit([&] { begun.set(), go.wait(); });
  begun.wait();
  Runner guest([&] { EXPECT_FALSE(in_a_group()); });
  guest.until_blocked();
  go.set();
}

TEST_F(PoolLimitsTest, a_group_throws_what_a_member_threw_when_all_are_done) {
  Executor pool({.max_workers = 1});
  TaskGroup group(pool);
  group.run([] { throw std::out_of_range("a member"); });
  EXPECT_THROW(group.try_wait(30s), std::out_of_range);
  group.run([] { throw twill::CancelledError("a member"); });
  EXPECT_THROW(group.try_wait(30s), twill::CancelledError);
  EXPECT_TRUE(group.try_wait());
}

TEST_F(PoolLimitsTest, a_group_is_given_up_at_the_moment_of_its_end) {
  Executor pool({.max_workers = 2});
  for (int round = 0; round < 2'000; ++round) {
    constexpr int kMembers = 3;
    std::atomic<int> done = 0;
    std::optional<TaskGroup> group(std::in_place, pool);
    for (int i = 0; i < kMembers; ++i) group->run([&] { ++done; });
    const bool in_time = group->try_wait(std::chrono::microseconds(round % 20));
    EXPECT_TRUE(!in_time || done == kMembers);
    if (round % 3 == 0) group->run([&] { ++done; });
    if (round % 2 == 0) group->wait();
    group.reset();
    EXPECT_EQ(done, kMembers + (round % 3 == 0 ? 1 : 0));
  }
}

TEST_F(PoolLimitsTest, a_group_is_stopped_at_the_moment_of_its_end) {
  Executor pool({.max_workers = 2});
  for (int round = 0; round < 500; ++round) {
    const auto stop = std::make_unique<std::stop_source>();
    std::atomic<int> done = 0;
    TaskGroup group(pool);
    for (int i = 0; i < 3; ++i)
      group.run([&, i] {
        if (i == 1) stop->request_stop();
        ++done;
      });
    const bool in_time = group.try_wait(30s, stop->get_token());
    EXPECT_TRUE(!in_time || done == 3);
    group.wait();
    EXPECT_EQ(done, 3);
  }
}

TEST_F(PoolLimitsTest, a_map_in_time_is_a_map) {
  ThreadPool pool({.processes = 2});
  const auto twice = [](int n) { return 2 * n; };
  std::vector<int> expected(1'000);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = 2 * static_cast<int>(i);
  const auto token = source.get_token();
  EXPECT_EQ(pool.map({.timeout = 60s, .stop = token}, twice, std::views::iota(0, 1'000)), expected);
  const std::vector pairs{std::tuple(1, 2), std::tuple(3, 4)};
  EXPECT_EQ(pool.starmap({.timeout = 60s}, std::plus(), pairs), (std::vector{3, 7}));
  source.request_stop();
  EXPECT_EQ(pool.map({.stop = token}, twice, std::vector<int>()), std::vector<int>());
}

TEST_F(PoolLimitsTest, a_map_that_is_stopped_drops_what_has_not_begun) {
  for (const int workers : {1, 3}) {
    const auto stop = std::make_unique<std::stop_source>();
    ThreadPool pool({.processes = workers});
    std::atomic<int> calls = 0;
    std::atomic<int> ended = 0;
    const auto stops = [&](int) {
      if (++calls == 5) stop->request_stop();
      ++ended;
    };
    EXPECT_THROW(pool.map({.stop = stop->get_token()}, stops, std::views::iota(0, 1'000'000)),
                 twill::CancelledError);
    EXPECT_GE(calls, 5);
    EXPECT_LE(calls, 5 + workers);
    EXPECT_EQ(calls, ended);
  }
}

TEST_F(PoolLimitsTest, a_map_that_takes_too_long_drops_what_has_not_begun) {
  ThreadPool pool({.processes = 2});
  std::atomic<int> calls = 0;
  const auto slow = [&](int) { ++calls, twill::sleep(10ms); };
  EXPECT_THROW(pool.map({.timeout = 15ms}, slow, std::views::iota(0, 100'000)),
               twill::TimeoutError);
  EXPECT_LT(calls, 100'000);
  EXPECT_THROW(pool.map({.timeout = 0s}, slow, std::vector{1}), twill::TimeoutError);
}

TEST_F(PoolLimitsTest, a_map_that_is_stopped_and_failed_throws_the_failure) {
  ThreadPool pool({.processes = 2});
  const auto fails = [&](int) {
    source.request_stop();
    throw std::out_of_range("an element");
  };
  EXPECT_THROW(pool.map({.stop = source.get_token()}, fails, std::views::iota(0, 100)),
               std::out_of_range);
}

TEST_F(PoolLimitsTest, maps_of_a_pool_with_an_initializer) {
  ThreadPool pool({.processes = 1, .initializer = [] {}});
  const auto twice = [](int n) { return 2 * n; };
  EXPECT_EQ(pool.map({.timeout = 60s}, twice, std::vector{1, 2}), (std::vector{2, 4}));
  const auto busy = pool.apply_async([&] { begun.set(), go.wait(); });
  begun.wait();
  EXPECT_THROW(pool.map({.timeout = 1ms}, twice, std::vector{1}), twill::TimeoutError);
  Runner stopped([&] {
    EXPECT_THROW(pool.map({.stop = source.get_token()}, twice, std::vector{1}),
                 twill::CancelledError);
  });
  stopped.until_blocked();
  source.request_stop();
  stopped.join();
  EXPECT_EQ(stopped.error(), "");
  go.set();
  busy.get();
}

}  // namespace
