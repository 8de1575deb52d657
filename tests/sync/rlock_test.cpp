// Paths: taking once more on the fast and on the slow path, release by strangers, depth across
// threads, destruction while held, waits with limits.

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/rlock.hpp>

#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

constinit twill::RLock global;

TEST(RLockTest, R1_is_free_after_as_many_releases_as_acquires) {
  twill::RLock lock;
  EXPECT_TRUE(lock.acquire());
  lock.lock();
  EXPECT_TRUE(lock.try_lock());
  EXPECT_TRUE(lock.acquire(1ms));
  EXPECT_EQ(lock.recursion_count(), 4u);
  for (int i = 0; i < 2; ++i) lock.release();
  lock.unlock();
  EXPECT_TRUE(lock.locked());
  lock.unlock();
  EXPECT_FALSE(lock.locked());
}

TEST(RLockTest, R2_release_by_a_stranger_is_an_error_and_changes_nothing) {
  twill::RLock lock({.name = "ledger"});
  EXPECT_THROW(lock.release(), twill::RuntimeError);
  lock.acquire();
  lock.acquire();
  std::thread([&] {
    try {
      lock.release();
      ADD_FAILURE();
    } catch (const twill::RuntimeError& error) {
      EXPECT_NE(std::string(error.what()).find("RLock 'ledger'"), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("held by MainThread, 2 deep"), std::string::npos);
    }
  }).join();
  EXPECT_EQ(lock.recursion_count(), 2u);
  lock.release();
  lock.release();
}

TEST(RLockTest, R3_others_cannot_take_it_at_any_depth) {
  twill::RLock lock;
  lock.acquire();
  lock.acquire();
  const auto others_can = [&] {
    bool taken = false;
    std::thread([&] {
      taken = lock.acquire(false);
      if (taken) lock.release();
    }).join();
    return taken;
  };
  EXPECT_FALSE(others_can());
  lock.release();
  EXPECT_FALSE(others_can());
  lock.release();
  EXPECT_TRUE(others_can());
}

TEST(RLockTest, R5_locked_is_right_from_any_thread) {
  twill::RLock lock;
  lock.acquire();
  std::thread([&] { EXPECT_TRUE(lock.locked()); }).join();
  lock.release();
  std::thread([&] { EXPECT_FALSE(lock.locked()); }).join();
  EXPECT_FALSE(global.locked());
}

TEST(RLockTest, R8_depth_and_ownership_are_those_of_the_caller) {
  twill::RLock lock;
  EXPECT_EQ(lock.recursion_count(), 0u);
  EXPECT_FALSE(lock.is_owned());
  lock.acquire();
  lock.acquire();
  EXPECT_EQ(lock.recursion_count(), 2u);
  EXPECT_TRUE(lock.is_owned());
  std::thread([&] {
    EXPECT_EQ(lock.recursion_count(), 0u);
    EXPECT_FALSE(lock.is_owned());
  }).join();
  lock.release();
  lock.release();
}

TEST(RLockTest, R9_describe_tells_state_owner_and_depth_from_any_thread) {
  twill::RLock lock({.name = "ledger"});
  EXPECT_NE(lock.describe().find("not held"), std::string::npos);
  lock.acquire();
  lock.acquire();
  lock.acquire();
  std::string seen;
  std::thread([&] { seen = lock.describe(); }).join();
  EXPECT_NE(seen.find("RLock 'ledger'"), std::string::npos) << seen;
  EXPECT_NE(seen.find("MainThread, 3 deep"), std::string::npos) << seen;
  for (int i = 0; i < 3; ++i) lock.release();
}

TEST(RLockTest, a_waiter_gets_it_when_the_depth_is_zero) {
  twill::RLock lock;
  lock.lock();
  lock.lock();
  Runner waiter([&] {
    const twill::Hold hold(lock);
    EXPECT_EQ(lock.recursion_count(), 1u);
  });
  waiter.until_blocked();
  lock.unlock();
  EXPECT_FALSE(waiter.done());
  lock.unlock();
}

TEST(RLockTest, TO6_TO7_bad_timeouts_are_errors) {
  twill::RLock lock({.name = "ledger"});
  const std::chrono::duration<float> nan(std::numeric_limits<float>::quiet_NaN());
  EXPECT_THROW(lock.acquire(nan), twill::ValueError);
  EXPECT_THROW(lock.acquire(false, 1s), twill::ValueError);
  EXPECT_FALSE(lock.locked());
}

TEST(RLockTest, waits_end_by_timeout_and_by_stop) {
  twill::RLock lock;
  lock.lock();
  std::stop_source source;
  Runner timed([&] { EXPECT_FALSE(lock.acquire(5ms)); });
  Runner zero([&] { EXPECT_FALSE(lock.acquire(-1s)); });
  Runner stopped([&] { EXPECT_THROW(lock.acquire(source.get_token()), twill::CancelledError); });
  stopped.until_blocked();
  source.request_stop();
  stopped.join();
  timed.join();
  zero.join();
  EXPECT_EQ(lock.recursion_count(), 1u);
  lock.unlock();
}

TEST(RLockDeathTest, unlock_by_a_stranger_and_destruction_while_held_abort) {
  twill::RLock lock({.name = "ledger"});
  EXPECT_DEATH(lock.unlock(), "twill: unlock\\(\\) by MainThread of RLock 'ledger'.*not held");
  EXPECT_DEATH(
      {
        twill::RLock held({.name = "held"});
        held.lock();
        held.lock();
      },
      "twill: destruction of RLock 'held'.*held by MainThread, 2 deep");
}

TEST(RLockTest, it_works_with_std) {
  twill::RLock lock;
  std::condition_variable_any changed;
  bool ready = false;
  Runner setter([&] {
    const std::scoped_lock guard(lock);
    ready = true;
    changed.notify_all();
  });
  std::unique_lock held(lock);
  changed.wait(held, [&] { return ready; });
  const std::scoped_lock once_more(lock);
  EXPECT_EQ(lock.recursion_count(), 2u);
}

TEST(RLockTest, guarded_increments_are_never_lost) {
  twill::RLock lock;
  long count = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 10'000; ++n) {
          const std::scoped_lock outer(lock);
          const std::scoped_lock inner(lock);
          ++count;
        }
      });
  }
  EXPECT_EQ(count, 40'000);
}

TEST(RLockTest, is_small) { EXPECT_LE(sizeof(twill::RLock), 32u); }

}  // namespace
