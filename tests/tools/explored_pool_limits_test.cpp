// Paths: a group is given up at every moment of its members, by a stop_token, at once and when time
// is over, and awaited again; a map is stopped by one of its calls.

#include <array>
#include <memory>
#include <stop_token>

#include <twill/platform/error.hpp>
#include <twill/task/task_group.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/thread/thread.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using namespace std::chrono_literals;
using twill::check;
using twill::Shared;
using twill::ThreadPoolExecutor;

TEST(ExploredPoolLimitsTest, a_group_is_stopped_and_awaited_again) {
  expect_silence(
      [] {
        const auto source = std::make_unique<std::stop_source>();
        ThreadPoolExecutor pool({.max_workers = 1});
        Shared done(0, "done");
        twill::TaskGroup group(pool);
        group.run([&] { ++done; });
        twill::Thread stopper([&] { source->request_stop(); });
        stopper.start();
        if (!group.try_wait(twill::Timeout::never(), source->get_token())) group.wait();
        check(done == 1);
        stopper.join();
      },
      {.runs = 3'000});
}

TEST(ExploredPoolLimitsTest, a_group_that_is_polled) {
  expect_silence(
      [] {
        ThreadPoolExecutor pool({.max_workers = 1});
        Shared done(0, "done");
        twill::TaskGroup group(pool);
        group.run([&] { ++done; });
        if (group.try_wait()) check(done == 1);
        group.wait();
        check(done == 1);
      },
      {.runs = 3'000});
}

TEST(ExploredPoolLimitsTest, a_limit_that_ends_as_the_last_member_does) {
  bool seen[2] = {};
  const auto found = expect_silence(
      [&seen] {
        ThreadPoolExecutor pool({.max_workers = 1});
        Shared done(0, "done");
        twill::TaskGroup group(pool);
        for (int i = 0; i < 2; ++i) group.run([&] { ++done; });
        const bool in_time = group.wait(1s);
        seen[in_time] = true;
        if (!in_time) group.wait();
        check(done == 2);
        group.run([&] { ++done; });
        group.wait();
        check(done == 3);
      },
      {.runs = 3'000});
  EXPECT_GE(found.executions, 150u);
  EXPECT_TRUE(seen[0] && seen[1]);
}

TEST(ExploredPoolLimitsTest, a_map_that_one_of_its_calls_stops) {
  expect_silence(
      [] {
        const auto source = std::make_unique<std::stop_source>();
        twill::ThreadPool pool({.processes = 2});
        const auto stops = [&](int n) {
          if (n == 1) source->request_stop();
        };
        try {
          pool.map({.stop = source->get_token()}, stops, std::array{1, 2, 3});
        } catch (const twill::CancelledError&) {
        }
      },
      {.runs = 2'000});
}

}  // namespace
}  // namespace patterns
