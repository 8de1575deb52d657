// Paths: fast and slow take, timed and stopped waits, ownership of lock() against acquire(),
// misuse of each call, destruction of held locks, hand-over to waiters, std's guards.

#include <gtest/gtest.h>

#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>

#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

constinit twill::Lock global;  // constexpr-constructible

TEST(LockTest, L1_a_new_lock_is_unlocked) {
  twill::Lock lock;
  EXPECT_FALSE(lock.locked());
  EXPECT_FALSE(global.locked());
}

TEST(LockTest, L2_acquire_takes_an_unlocked_lock) {
  twill::Lock lock;
  EXPECT_TRUE(lock.acquire());
  EXPECT_TRUE(lock.locked());
  lock.release();
}

TEST(LockTest, L3_acquire_blocks_until_somebody_releases) {
  twill::Lock lock;
  lock.acquire();
  Runner waiter([&] { lock.acquire(); });
  waiter.until_blocked();
  EXPECT_FALSE(waiter.done());
  lock.release();
  waiter.join();
  EXPECT_TRUE(lock.locked());
  lock.release();
}

TEST(LockTest, L3_lock_by_its_holder_is_an_error_and_no_hang) {
  twill::Lock lock({.name = "ledger"});
  lock.lock();
  EXPECT_THROW(lock.lock(), twill::DeadlockError);
  EXPECT_TRUE(lock.locked());
  lock.unlock();
  EXPECT_FALSE(lock.locked());
}

TEST(LockTest, L4_acquire_false_returns_at_once) {
  twill::Lock lock;
  EXPECT_TRUE(lock.acquire(false));
  EXPECT_FALSE(lock.acquire(false));
  lock.release();
  EXPECT_TRUE(lock.try_acquire());
  EXPECT_FALSE(lock.try_acquire());
  EXPECT_FALSE(lock.try_lock());
  lock.release();
}

TEST(LockTest, L5_acquire_with_a_timeout_tells_whether_it_was_taken) {
  twill::Lock lock;
  EXPECT_TRUE(lock.acquire(10ms));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(lock.acquire(10ms));
  EXPECT_FALSE(lock.try_acquire(5ms));
  EXPECT_FALSE(lock.try_lock_for(5ms));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
  Runner releaser([&] { lock.release(); });
  EXPECT_TRUE(lock.acquire(1h));
  lock.release();
}

TEST(LockTest, L6_a_timeout_leaves_the_lock_in_order) {
  twill::Lock lock;
  lock.acquire();
  EXPECT_FALSE(lock.acquire(1ms));
  lock.release();
  EXPECT_FALSE(lock.locked());
  EXPECT_TRUE(lock.acquire(false));
  lock.release();
}

TEST(LockTest, L7_releasing_an_unlocked_lock_is_an_error_every_time) {
  twill::Lock lock({.name = "ledger"});
  for (int i = 0; i < 2; ++i) {
    try {
      lock.release();
      FAIL();
    } catch (const twill::RuntimeError& error) {
      EXPECT_NE(std::string(error.what()).find("ledger"), std::string::npos);
    }
  }
  EXPECT_FALSE(lock.locked());
}

TEST(LockTest, L8_any_thread_may_release_what_was_acquired) {
  twill::Lock lock;
  lock.acquire();
  std::thread([&] { lock.release(); }).join();
  EXPECT_FALSE(lock.locked());
}

TEST(LockTest, L8_what_was_locked_only_its_thread_releases) {
  twill::Lock lock({.name = "ledger"});
  lock.lock();
  std::thread([&] { EXPECT_THROW(lock.release(), twill::RuntimeError); }).join();
  EXPECT_TRUE(lock.locked());
  lock.release();  // the thread itself may spell it so
  EXPECT_FALSE(lock.locked());
  lock.acquire();
  lock.unlock();  // and the other way round
  EXPECT_FALSE(lock.locked());
}

TEST(LockTest, L9_one_release_lets_one_waiter_in) {
  twill::Lock lock;
  std::atomic<int> in{0};
  lock.acquire();
  std::vector<std::unique_ptr<Runner>> waiters;
  for (int i = 0; i < 4; ++i)
    waiters.push_back(std::make_unique<Runner>([&] { lock.acquire(), ++in; }));
  for (auto& waiter : waiters) waiter->until_blocked();
  for (int i = 1; i <= 4; ++i) {
    lock.release();
    support::yield_until([&] { return in == i; });
    EXPECT_TRUE(lock.locked());
    EXPECT_EQ(in, i);
  }
  lock.release();
}

TEST(LockTest, L10_a_scope_guard_releases_also_on_throw) {
  twill::Lock lock;
  const auto check = [&]<class Guard>(std::in_place_type_t<Guard>) {
    try {
      Guard guard(lock);
      EXPECT_TRUE(lock.locked());
      throw 1;
    } catch (int) {
    }
    EXPECT_FALSE(lock.locked());
  };
  check(std::in_place_type<twill::Hold<twill::Lock>>);
  check(std::in_place_type<std::lock_guard<twill::Lock>>);
  check(std::in_place_type<std::scoped_lock<twill::Lock>>);
  check(std::in_place_type<std::unique_lock<twill::Lock>>);
}

TEST(LockDeathTest, L11_destroying_a_held_lock_aborts) {
  EXPECT_DEATH(
      {
        twill::Lock lock({.name = "ledger"});
        lock.lock();
      },
      "twill: Lock 'ledger' .*is destroyed while MainThread holds it");
  EXPECT_DEATH(
      {
        twill::Lock lock;
        lock.acquire();
      },
      "twill: Lock#.*made at lock_test.cpp.*is destroyed");
}

TEST(LockTest, L13_guarded_increments_are_never_lost) {
  constexpr int kThreads = 4;
  constexpr int kTimes = 20'000;
  twill::Lock lock;
  long count = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < kTimes; ++n) {
          const std::scoped_lock hold(lock);
          ++count;
        }
      });
  }
  EXPECT_EQ(count, kThreads * kTimes);
}

TEST(LockTest, TO3_zero_and_negative_timeouts_are_one_attempt) {
  twill::Lock lock;
  EXPECT_TRUE(lock.acquire(0s));
  EXPECT_FALSE(lock.acquire(0s));
  EXPECT_FALSE(lock.acquire(-1s));
  EXPECT_FALSE(lock.acquire(std::chrono::hours::min()));
  EXPECT_FALSE(lock.try_lock_for(-1.5s));
  EXPECT_FALSE(lock.try_lock_until(std::chrono::steady_clock::time_point::min()));
  lock.release();
  EXPECT_TRUE(lock.acquire(-1s));
  lock.release();
}

template <class Huge>
void expect_wait_for_ever(Huge huge) {
  twill::Lock lock;
  lock.acquire();
  Runner waiter([&] { EXPECT_TRUE(lock.acquire(huge)); });
  waiter.until_blocked();
  lock.release();
  waiter.join();
  lock.release();
}

TEST(LockTest, TO2_timeouts_beyond_the_clock_mean_for_ever) {
  expect_wait_for_ever(std::chrono::nanoseconds::max());
  expect_wait_for_ever(std::chrono::hours::max());
  expect_wait_for_ever(std::chrono::duration<float>(std::numeric_limits<float>::infinity()));
  expect_wait_for_ever(std::chrono::duration<double>(1e30));
}

TEST(LockTest, TO2_instants_beyond_the_clock_mean_for_ever_or_now) {
  using std::chrono::system_clock;
  using Hours = std::chrono::time_point<system_clock, std::chrono::hours>;
  twill::Lock lock;
  EXPECT_TRUE(lock.try_lock_until(Hours::max()));
  EXPECT_FALSE(lock.try_lock_until(Hours::min()));
  EXPECT_FALSE(lock.try_lock_until(system_clock::time_point::min()));
  EXPECT_FALSE(lock.try_lock_until(system_clock::now() + 1ms));
  lock.unlock();
}

TEST(LockTest, TO6_a_timeout_that_is_no_number_is_an_error) {
  twill::Lock lock;
  const std::chrono::duration<double> nan(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THROW(lock.acquire(nan), twill::ValueError);
  EXPECT_THROW(lock.try_lock_for(nan), twill::ValueError);
  EXPECT_FALSE(lock.locked());
}

TEST(LockTest, TO7_a_timeout_without_blocking_is_an_error_that_names_the_lock) {
  twill::Lock lock({.name = "ledger"});
  try {
    lock.acquire(false, 0s);
    FAIL();
  } catch (const twill::ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("ledger"), std::string::npos);
  }
  EXPECT_FALSE(lock.locked());
  EXPECT_TRUE(lock.acquire(true, 1ms));
  lock.release();
}

TEST(LockTest, a_stop_request_ends_the_wait) {
  twill::Lock lock;
  lock.lock();
  std::stop_source source;
  Runner throwing([&] { EXPECT_THROW(lock.acquire(source.get_token()), twill::CancelledError); });
  Runner trying([&] { EXPECT_FALSE(lock.try_acquire(1h, source.get_token())); });
  throwing.until_blocked();
  trying.until_blocked();
  source.request_stop();
  throwing.join();
  trying.join();
  EXPECT_THROW(lock.acquire(source.get_token()), twill::CancelledError);  // and does not begin one
  lock.unlock();
  EXPECT_TRUE(lock.acquire(source.get_token()));  // what is free is taken all the same
  lock.release();
}

TEST(LockDeathTest, unlocking_what_is_not_ours_aborts_and_says_who_holds_it) {
  twill::Lock lock({.name = "ledger"});
  EXPECT_DEATH(lock.unlock(), "twill: unlock\\(\\) of Lock 'ledger' .*which is not held");
  EXPECT_DEATH(
      {
        lock.lock();
        std::thread([&] { lock.unlock(); }).join();
      },
      "twill: unlock\\(\\) of Lock 'ledger' .*but MainThread holds it");
}

TEST(LockTest, it_meets_the_algorithms_of_std) {
  twill::Lock a;
  twill::Lock b;
  std::lock(a, b);
  EXPECT_EQ(std::try_lock(a, b), 0);
  a.unlock();
  b.unlock();
  EXPECT_EQ(std::try_lock(a, b), -1);
  const std::unique_lock adopted_a(a, std::adopt_lock);
  const std::unique_lock adopted_b(b, std::adopt_lock);
  const std::unique_lock<twill::Lock> third(a, 1ms);
  EXPECT_FALSE(third.owns_lock());
}

TEST(LockTest, it_serves_a_condition_variable_of_std) {
  twill::Lock lock;
  std::condition_variable_any changed;
  bool ready = false;
  Runner setter([&] {
    const std::lock_guard guard(lock);
    ready = true;
    changed.notify_one();
  });
  std::unique_lock held(lock);
  changed.wait(held, [&] { return ready; });
  EXPECT_TRUE(held.owns_lock());
}

TEST(LockTest, names) {
  twill::Lock named({.name = "ledger"});
  EXPECT_EQ(named.name(), "ledger");
  twill::Lock first;
  twill::Lock second;
  EXPECT_TRUE(first.name().starts_with("Lock#"));
  EXPECT_NE(first.name(), second.name());
  EXPECT_EQ(first.name(), first.name());
}

// An object may go as soon as somebody holds what its last user let go of.
TEST(LockTest, may_be_destroyed_by_the_next_holder) {
  for (int i = 0; i < 300; ++i) {
    auto* lock = new twill::Lock;
    lock->lock();
    std::jthread next([=] {
      lock->lock();
      lock->unlock();
      delete lock;
    });
    lock->unlock();
  }
}

TEST(LockTest, is_small) { EXPECT_LE(sizeof(twill::Lock), 24u); }

}  // namespace
