// Paths: readers together, by count and by bias; writers alone; writers before new readers; readers
// again; limits on both sides; misuse; destruction by the next holder.

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/rwlock.hpp>

#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

TEST(RWLockTest, readers_share_and_writers_are_alone) {
  twill::RWLock lock;
  lock.lock_shared();
  std::thread([&] {
    EXPECT_TRUE(lock.try_lock_shared());
    lock.unlock_shared();
    EXPECT_FALSE(lock.try_lock());
    EXPECT_FALSE(lock.try_lock_for(1ms));
  }).join();
  lock.unlock_shared();
  lock.lock();
  std::thread([&] {
    EXPECT_FALSE(lock.try_lock_shared());
    EXPECT_FALSE(lock.try_lock_shared_for(1ms));
    EXPECT_FALSE(lock.try_lock());
  }).join();
  lock.unlock();
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST(RWLockTest, a_waiting_writer_goes_before_new_readers) {
  twill::RWLock lock;
  std::atomic<int> order{0};
  int wrote = 0;
  int read = 0;
  lock.lock_shared();
  Runner writer([&] {
    const twill::Hold hold(lock);
    wrote = ++order;
  });
  writer.until_blocked();
  EXPECT_FALSE(std::async(std::launch::async, [&] { return lock.try_lock_shared(); }).get());
  Runner reader([&] {
    const std::shared_lock hold(lock);
    read = ++order;
  });
  reader.until_blocked();
  lock.unlock_shared();
  writer.join();
  reader.join();
  EXPECT_EQ(wrote, 1);
  EXPECT_EQ(read, 2);
}

TEST(RWLockTest, who_reads_may_read_once_more_though_a_writer_waits) {
  twill::RWLock lock;
  lock.lock_shared();
  Runner writer([&] { const twill::Hold hold(lock); });
  writer.until_blocked();
  EXPECT_TRUE(lock.try_lock_shared());
  lock.lock_shared();
  for (int i = 0; i < 3; ++i) lock.unlock_shared();
}

TEST(RWLockTest, after_a_writer_all_readers_go_in_together) {
  twill::RWLock lock;
  std::atomic<int> inside{0};
  lock.lock();
  std::vector<std::unique_ptr<Runner>> readers;
  for (int i = 0; i < 20; ++i) {  // more than one batch of wake-ups
    readers.push_back(std::make_unique<Runner>([&] {
      const std::shared_lock hold(lock);
      ++inside;
      support::yield_until([&] { return inside == 20; });
    }));
    readers.back()->until_blocked();
  }
  lock.unlock();
}

TEST(RWLockTest, a_writer_that_gives_up_lets_readers_in) {
  twill::RWLock lock;
  lock.lock_shared();
  std::stop_source source;
  Runner writer([&] { EXPECT_THROW(lock.lock(source.get_token()), twill::CancelledError); });
  writer.until_blocked();
  Runner reader([&] { const std::shared_lock hold(lock); });
  reader.until_blocked();
  source.request_stop();
  writer.join();
  reader.join();
  lock.unlock_shared();
}

TEST(RWLockTest, a_stop_request_ends_the_wait_of_a_reader) {
  twill::RWLock lock;
  lock.lock();
  std::stop_source source;
  Runner reader([&] { EXPECT_THROW(lock.lock_shared(source.get_token()), twill::CancelledError); });
  reader.until_blocked();
  source.request_stop();
  reader.join();
  lock.unlock();
}

TEST(RWLockTest, TO3_zero_negative_and_huge_timeouts) {
  twill::RWLock lock;
  EXPECT_TRUE(lock.try_lock_for(0s));
  EXPECT_FALSE(lock.try_lock_for(-1s));
  EXPECT_FALSE(lock.try_lock_shared_for(-1s));
  EXPECT_FALSE(lock.try_lock_shared_until(std::chrono::steady_clock::time_point::min()));
  Runner reader([&] {
    EXPECT_TRUE(lock.try_lock_shared_for(std::chrono::hours::max()));
    lock.unlock_shared();
  });
  reader.until_blocked();
  lock.unlock();
}

TEST(RWLockTest, what_a_writer_wrote_every_reader_sees) {
  twill::RWLock lock;
  long first = 0;
  long second = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 3'000; ++n) {
        const std::unique_lock hold(lock);
        ++first;
        ++second;
      }
    });
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 3'000; ++n) {
        const std::shared_lock hold(lock);
        EXPECT_EQ(first, second);
      }
    });
  threads.clear();
  EXPECT_EQ(first, 6'000);
}

TEST(RWLockTest, a_writer_gets_in_though_readers_never_stop) {
  twill::RWLock lock;
  std::atomic<bool> written{false};
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!written) {
        const std::shared_lock hold(lock);
        std::this_thread::yield();
      }
    });
  for (int i = 0; i < 20; ++i) {
    lock.lock();
    lock.unlock();
  }
  written = true;
}

TEST(RWLockTest, upgrading_a_share_is_an_error_and_no_hang) {
  twill::RWLock lock;
  lock.lock_shared();
  EXPECT_THROW(lock.lock(), twill::DeadlockError);
  lock.unlock_shared();
  lock.lock();
  EXPECT_THROW(lock.lock_shared(), twill::DeadlockError);
  EXPECT_THROW(lock.lock(), twill::DeadlockError);
  lock.unlock();
}

TEST(RWLockDeathTest, misuse_aborts_and_names_the_lock) {
  twill::RWLock lock({.name = "table"});
  EXPECT_DEATH(lock.unlock(), "twill: unlock\\(\\) of RWLock 'table'");
  EXPECT_DEATH(lock.unlock_shared(), "twill: unlock_shared\\(\\) of RWLock 'table'");
  EXPECT_DEATH(
      {
        lock.lock();
        std::thread([&] { lock.unlock(); }).join();
      },
      "twill: unlock\\(\\) of RWLock 'table'.* by thread");
  EXPECT_DEATH(
      {
        twill::RWLock held({.name = "held"});
        held.lock_shared();
      },
      "twill: RWLock 'held'.*is destroyed while a reader holds it");
  EXPECT_DEATH(
      {
        twill::RWLock held({.name = "held"});
        held.lock();
      },
      "twill: RWLock 'held'.*is destroyed while MainThread holds it");
}

TEST(RWLockTest, may_be_destroyed_by_the_next_holder) {
  for (int i = 0; i < 200; ++i) {
    auto* lock = new twill::RWLock;
    i % 2 == 0 ? lock->lock() : lock->lock_shared();
    std::jthread next([=] {
      lock->lock();
      lock->unlock();
      delete lock;
    });
    i % 2 == 0 ? lock->unlock() : lock->unlock_shared();
  }
}

TEST(RWLockTest, is_named) {
  EXPECT_EQ(twill::RWLock({.name = "table"}).name(), "table");
  EXPECT_TRUE(twill::RWLock().name().starts_with("RWLock#"));
}

}  // namespace
