// Paths: the real clock; a virtual one with sleepers, timed waits of every kind, equal deadlines,
// threads that end; the environment variable.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

#include "support/child.hpp"
#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

TEST(ClockTest, TO1_sleep_lasts_at_least_as_long_as_asked) {
  const auto begin = std::chrono::steady_clock::now();
  const auto now = twill::now();
  twill::sleep(20ms);
  twill::sleep(0.001s);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 21ms);
  EXPECT_GE(twill::now() - now, 21ms);
}

TEST(ClockTest, P16_a_stop_ends_a_sleep) {
  std::atomic<int> cancelled{0};
  std::jthread sleeper([&](const std::stop_token& stop) {
    for (const twill::Timeout t : {twill::Timeout::never(), twill::Timeout(1h)}) try {
        twill::sleep(t, stop);
      } catch (const twill::CancelledError&) {
        ++cancelled;
      }
  });
  sleeper.request_stop();
  sleeper.join();
  EXPECT_EQ(cancelled, 2);
}

TEST(ClockTest, TO3_sleep_of_zero_or_less_does_not_block) {
  const twill::VirtualClock clock;
  const auto begin = twill::now();
  twill::sleep(0s);
  twill::sleep(-1h);
  twill::sleep(std::chrono::nanoseconds::min());
  EXPECT_EQ(twill::now(), begin);
}

TEST(ClockTest, TO6_sleep_of_nan_is_an_error) {
  EXPECT_THROW(
      twill::sleep(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())),
      twill::ValueError);
}

TEST(TimeoutTest, any_duration_converts_and_saturates) {
  using twill::Timeout;
  EXPECT_EQ(Timeout(2ms).nanoseconds(), 2'000'000);
  EXPECT_EQ(Timeout(-2ms).nanoseconds(), 0);
  EXPECT_EQ(Timeout(std::chrono::duration<int, std::pico>(1)).nanoseconds(), 1);  // rounded up
  EXPECT_GE(Timeout(0.5s).nanoseconds(), 500'000'000);
  EXPECT_TRUE(Timeout(std::chrono::hours::max()).is_never());
  EXPECT_TRUE(Timeout(std::chrono::nanoseconds::max()).is_never());
  EXPECT_TRUE(
      Timeout(std::chrono::duration<float>(std::numeric_limits<float>::infinity())).is_never());
  EXPECT_EQ(
      Timeout(std::chrono::duration<float>(-std::numeric_limits<float>::infinity())).nanoseconds(),
      0);
  EXPECT_EQ(Timeout(std::chrono::hours::min()).nanoseconds(), 0);
  static_assert(Timeout(1s).nanoseconds() == 1'000'000'000);
}

TEST(TimeoutTest, a_deadline_beyond_the_clock_is_never) {
  EXPECT_TRUE(twill::Deadline(std::chrono::nanoseconds::max() - 1ns).is_never());
  EXPECT_TRUE(twill::Deadline(0s).is_passed());
  EXPECT_FALSE(twill::Deadline(1ns).is_passed());
}

/// One of each thing to wait for, none of which is to be had until open().
struct Walls {
  using Waits = std::vector<std::pair<std::string, std::function<bool(twill::Timeout)>>>;

  Walls() {
    lock.lock();
    read.lock_shared();
    written.lock();
    holder.until_blocked();
  }
  ~Walls() { open(); }

  /// A wait for each of them; answers whether it was had.
  Waits waits() {
    using twill::Timeout;
    return {
        {"Lock", [this](Timeout t) { return lock.try_lock_for(t) && (lock.unlock(), true); }},
        {"RLock", [this](Timeout t) { return rlock.try_lock_for(t) && (rlock.unlock(), true); }},
        {"writing", [this](Timeout t) { return read.try_lock_for(t) && (read.unlock(), true); }},
        {"reading",
         [this](Timeout t) {
           return written.try_lock_shared_for(t) && (written.unlock_shared(), true);
         }},
        {"Semaphore", [this](Timeout t) { return semaphore.acquire(t); }},
        {"Event", [this](Timeout t) { return event.wait(t); }},
        {"Condition",
         [this](Timeout t) {
           const twill::Hold hold(condition);
           return condition.wait(t);
         }},
        {"Barrier", [this](Timeout t) {
           try {
             return barrier.wait(t) >= 0;
           } catch (const twill::BrokenBarrierError&) {
             barrier.reset();
             return false;
           }
         }}};
  }

  void open() {
    if (std::exchange(opened, true)) return;
    lock.unlock();
    read.unlock_shared();
    written.unlock();
    over.set();
    holder.join();
    event.set();
    semaphore.release();
    const twill::Hold hold(condition);
    condition.notify_all();
  }

  twill::Lock lock;
  twill::RLock rlock;
  twill::RWLock read;
  twill::RWLock written;
  twill::Semaphore semaphore{0};
  twill::Event event;
  twill::Condition condition;
  twill::Barrier barrier{2};
  twill::Event over;
  bool opened = false;
  Runner holder{[this] {
    const twill::Hold hold(rlock);
    over.wait();
  }};
};

TEST(TimeoutTest, TO1_a_wait_that_fails_for_time_lasts_at_least_that_long) {
  Walls walls;
  for (const auto& [name, wait] : walls.waits()) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(wait(0.003s)) << name;
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 3ms) << name;
  }
}

TEST(TimeoutTest, TO2_beyond_the_clock_is_for_ever_in_every_wait) {
  Walls walls;
  std::vector<std::unique_ptr<Runner>> runners;
  for (const auto& [name, wait] : walls.waits()) {
    runners.push_back(std::make_unique<Runner>(
        [for_ever = wait] { EXPECT_TRUE(for_ever(std::chrono::hours::max())); }));
    const std::uint32_t id = runners.back()->until_blocked().id();
    EXPECT_EQ(twill::detail::context_of(id)->waits_until.load(),
              std::numeric_limits<std::int64_t>::max())
        << name;
  }
  walls.open();
  EXPECT_EQ(walls.barrier.wait(), 1);
}

TEST(TimeoutTest, TO3_zero_and_less_is_one_attempt_in_every_wait) {
  Walls walls;
  for (const auto& [name, wait] : walls.waits()) {
    EXPECT_FALSE(wait(0s)) << name;
    EXPECT_FALSE(wait(-1h)) << name;
    EXPECT_FALSE(wait(std::chrono::nanoseconds::min())) << name;
  }
  walls.open();
  for (const auto& [name, wait] : walls.waits())
    EXPECT_EQ(wait(0s), name != "Condition" && name != "Barrier") << name;  // these need others
}

TEST(VirtualClockTest, a_long_sleep_takes_no_time) {
  const twill::VirtualClock clock;
  const auto begin = std::chrono::steady_clock::now();
  const auto now = twill::now();
  twill::sleep(24h);
  EXPECT_EQ(twill::now() - now, 24h);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1h);
}

TEST(VirtualClockTest, time_stands_still_while_somebody_runs) {
  const twill::VirtualClock clock;
  const auto now = twill::now();
  std::this_thread::sleep_for(2ms);
  EXPECT_EQ(twill::now(), now);
}

TEST(VirtualClockTest, every_kind_of_wait_ends_by_it) {
  const twill::VirtualClock clock;
  const auto begin = twill::now();
  twill::Lock lock;
  lock.lock();
  EXPECT_FALSE(lock.try_lock_for(1h));
  EXPECT_FALSE(twill::Event().wait(1h));
  EXPECT_FALSE(twill::Semaphore(0).acquire(1h));
  EXPECT_THROW(twill::Barrier(2).wait(1h), twill::BrokenBarrierError);
  twill::RWLock table;
  table.lock_shared();
  EXPECT_FALSE(table.try_lock_for(1h));
  table.unlock_shared();
  twill::Condition condition(lock);
  EXPECT_FALSE(condition.wait(1h));
  lock.unlock();
  EXPECT_EQ(twill::now() - begin, 6h);
}

/// Threads that sleep for so many seconds each, from one common instant; the order in which they
/// woke up, and when.
std::vector<std::pair<int, std::chrono::seconds>> wake_order(const std::vector<int>& seconds) {
  std::vector<std::pair<int, std::chrono::seconds>> order;
  twill::Lock lock;
  const auto begin = twill::now();
  std::vector<std::unique_ptr<Runner>> sleepers;
  for (int n : seconds) {
    sleepers.push_back(std::make_unique<Runner>([&, n] {
      twill::sleep(std::chrono::seconds(n));
      const twill::Hold hold(lock);
      order.emplace_back(n, std::chrono::duration_cast<std::chrono::seconds>(twill::now() - begin));
    }));
    sleepers.back()->until_blocked();  // main runs, so time stands still
  }
  twill::sleep(1h);
  sleepers.clear();
  return order;
}

TEST(VirtualClockTest, sleepers_wake_in_the_order_of_their_deadlines) {
  const twill::VirtualClock clock;
  const auto order = wake_order({5, 1, 4, 2, 3});
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(order[static_cast<std::size_t>(i)], std::pair(i + 1, std::chrono::seconds(i + 1)));
}

TEST(VirtualClockTest, equal_deadlines_fall_due_in_the_order_of_falling_asleep) {
  const twill::VirtualClock clock;
  std::vector<int> order;
  const auto begin = twill::now();
  std::vector<std::unique_ptr<Runner>> sleepers;
  for (int i = 0; i < 4; ++i) {
    sleepers.push_back(std::make_unique<Runner>([&, i] {
      twill::sleep(7s);
      order.push_back(i);  // one at a time: the next wakes when this one has ended
      EXPECT_EQ(twill::now() - begin, 7s);
    }));
    sleepers.back()->until_blocked();
  }
  twill::sleep(8s);
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3}));
}

TEST(VirtualClockTest, a_timeout_that_is_not_reached_leaves_no_trace) {
  const twill::VirtualClock clock;
  const auto begin = twill::now();
  twill::Event event;
  Runner waiter([&] { EXPECT_TRUE(event.wait(10s)); });
  waiter.until_blocked();
  twill::sleep(3s);
  event.set();
  waiter.join();
  EXPECT_EQ(twill::now() - begin, 3s);
  twill::sleep(20s);
  EXPECT_EQ(twill::now() - begin, 23s);
}

TEST(VirtualClockTest, there_is_one_at_a_time) {
  const twill::VirtualClock clock;
  EXPECT_THROW(twill::VirtualClock(), twill::RuntimeError);
}

TEST(VirtualClockTest, afterwards_the_real_clock_is_back) {
  {
    const twill::VirtualClock clock;
  }
  const auto now = twill::now();
  twill::sleep(1ms);
  EXPECT_LT(twill::now() - now, 1h);
  EXPECT_LT(std::chrono::abs(twill::now().time_since_epoch() -
                             std::chrono::steady_clock::now().time_since_epoch()),
            1min);
}

// Runs itself once more with the variable set.
TEST(VirtualClockTest, the_environment_makes_one_for_a_whole_run) {
  if (std::getenv("TWILL_CLOCK") != nullptr) {
    twill::sleep(1000h);
    EXPECT_THROW(twill::VirtualClock(), twill::RuntimeError);
    return;
  }
  const auto result = support::run_in_child([] {
    setenv("TWILL_CLOCK", "virtual", 1);
    execl("/proc/self/exe", "test_park",
          "--gtest_filter=VirtualClockTest.the_environment_makes_one_for_a_whole_run", nullptr);
    return 1;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
}

}  // namespace
