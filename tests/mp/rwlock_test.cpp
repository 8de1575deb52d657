// Paths: readers together, in one process and in several; writers alone; a writer before new
// readers, which come in when it gives up or is done; a thread that reads, once more; limits and
// stop on both sides; misuse; killed: a reader, a writer while it waits, a writer that writes, in
// front of readers and of writers, recovered or not; a seat with another process in it; a lock
// whose users are gone; all deaths also where the kernel can listen to one word only.

#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <twill/mp/rwlock.hpp>
#include <twill/sync/hold.hpp>
#include <unistd.h>
#include <vector>

#include "platform/fault.hpp"
#include "platform/robust.hpp"
#include "support/children.hpp"
#include "support/sanitizers.hpp"

// Misuse, which the compiler would not let pass, is tested here.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

namespace {

using namespace std::chrono_literals;
using support::Child;
using support::Common;
using support::until;
using support::until_asleep;
namespace mp = twill::mp;

/// A child that does `take`, and then nothing until it is killed.
template <class Take>
Child one_that(Take take) {
  const Common<std::atomic<int>> taken(0);
  Child child([&] {
    take();
    *taken = 1;
    for (;;) pause();
    return true;
  });
  until(*taken, 1);
  return child;
}
Child reader_of(mp::RWLock& lock) {
  return one_that([&] { lock.lock_shared(); });
}
Child writer_of(mp::RWLock& lock) {
  return one_that([&] { lock.lock(); });
}

bool reads(mp::RWLock& lock) {
  const std::shared_lock hold(lock);
  return true;
}
bool writes(mp::RWLock& lock) {
  const twill::Hold hold(lock);
  return true;
}

/// Each test on this kernel, and on one that can listen to one word only.
class MpRWLockTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
    if (GetParam()) twill::detail::refuse_after(twill::detail::Fault::futex_waitv, 0);
  }
  void TearDown() override { twill::detail::refuse_no_more(twill::detail::Fault::futex_waitv); }
};
INSTANTIATE_TEST_SUITE_P(Kernels, MpRWLockTest, testing::Bool());

TEST_P(MpRWLockTest, readers_share_and_writers_are_alone) {
  mp::RWLock lock;
  lock.lock_shared();
  EXPECT_TRUE(Child([&] { return reads(lock) && reads(lock); }).succeeds());
  EXPECT_TRUE(Child([&] { return !lock.try_lock() && !lock.try_lock_for(5ms); }).succeeds());
  EXPECT_TRUE(Child([&] { return lock.try_lock_shared(); }).succeeds());
  lock.unlock_shared();
  lock.lock();
  EXPECT_TRUE(Child([&] {
                return !lock.try_lock() && !lock.try_lock_shared() && !lock.try_lock_for(5ms) &&
                       !lock.try_lock_shared_for(5ms);
              }).succeeds());
  lock.unlock();
  EXPECT_TRUE(Child([&] { return writes(lock) && reads(lock); }).succeeds());
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST_P(MpRWLockTest, a_waiting_writer_goes_before_new_readers) {
  mp::RWLock lock;
  const Common<std::atomic<int>> order(0);
  lock.lock_shared();
  Child writer([&] {
    const twill::Hold hold(lock);
    return ++*order == 1;
  });
  until_asleep(writer.pid());
  EXPECT_TRUE(Child([&] { return !lock.try_lock_shared(); }).succeeds());
  Child reader([&] {
    const std::shared_lock hold(lock);
    return ++*order == 2;
  });
  until_asleep(reader.pid());
  lock.unlock_shared();
  EXPECT_TRUE(writer.succeeds());
  EXPECT_TRUE(reader.succeeds());
}

TEST_P(MpRWLockTest, after_a_writer_its_readers_are_in_together) {
  mp::RWLock lock;
  const Common<std::atomic<int>> inside(0);
  lock.lock();
  std::vector<Child> readers;
  for (int i = 0; i < 5; ++i)
    readers.emplace_back([&] {
      const std::shared_lock hold(lock);
      ++*inside;
      until(*inside, 5);
      return true;
    });
  for (Child& reader : readers) until_asleep(reader.pid());
  lock.unlock();
  for (Child& reader : readers) EXPECT_TRUE(reader.succeeds());
}

TEST_P(MpRWLockTest, a_writer_that_gives_up_lets_readers_in) {
  mp::RWLock lock;
  lock.lock_shared();
  std::stop_source source;
  std::atomic<int> id = 0;
  std::thread writer([&] {
    id = gettid();
    EXPECT_THROW(lock.lock(source.get_token()), twill::CancelledError);
  });
  while (id == 0) std::this_thread::yield();
  until_asleep(id);
  Child reader([&] { return reads(lock); });
  until_asleep(reader.pid());
  source.request_stop();
  writer.join();
  EXPECT_TRUE(reader.succeeds());
  lock.unlock_shared();
}

TEST_P(MpRWLockTest, stop_ends_the_wait_of_a_reader) {
  mp::RWLock lock;
  Child writer = writer_of(lock);
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(lock.lock_shared(source.get_token()), twill::CancelledError);
}

TEST_P(MpRWLockTest, who_reads_may_read_once_more_though_a_writer_waits) {
  mp::RWLock lock;
  lock.lock_shared();
  Child writer([&] { return writes(lock); });
  until_asleep(writer.pid());
  EXPECT_TRUE(lock.try_lock_shared());
  lock.lock_shared();
  std::thread([&] { EXPECT_FALSE(lock.try_lock_shared()); }).join();
  // The child's thread is the one that reads here, and does not read there.
  EXPECT_TRUE(Child([&] { return !lock.try_lock_shared(); }).succeeds());
  for (int i = 0; i < 3; ++i) lock.unlock_shared();
  EXPECT_TRUE(writer.succeeds());
}

TEST_P(MpRWLockTest, misuse_is_told) {
  mp::RWLock lock({.name = "till"});
  lock.lock_shared();
  EXPECT_THROW(lock.lock(), twill::DeadlockError);
  EXPECT_FALSE(lock.try_lock_for(1ms));
  lock.unlock_shared();
  EXPECT_DEATH(lock.unlock_shared(), "unlock_shared\\(\\) of RWLock .till.*does not read it");
  EXPECT_DEATH(lock.unlock(), "unlock\\(\\) of RWLock .till.*does not write it");
  lock.lock();
  EXPECT_THROW(lock.lock(), twill::DeadlockError);
  EXPECT_THROW(lock.lock_shared(), twill::DeadlockError);
  lock.unlock();
  EXPECT_DEATH(
      {
        mp::RWLock held;
        held.lock_shared();
      },
      "destroyed while it is held");
}

TEST_P(MpRWLockTest, a_killed_reader_is_gone) {
  mp::RWLock lock;
  for (int i = 0; i < 10; ++i) {
    Child dead = reader_of(lock);
    Child alive = reader_of(lock);
    EXPECT_FALSE(lock.try_lock());
    Child writer([&] { return writes(lock); });
    until_asleep(writer.pid());
    dead.kill();
    EXPECT_FALSE(lock.try_lock());
    alive.kill();
    EXPECT_TRUE(writer.succeeds());
    EXPECT_TRUE(writes(lock));
  }
}

TEST_P(MpRWLockTest, a_writer_that_is_killed_while_it_waits_leaves_nothing_torn) {
  mp::RWLock lock;
  lock.lock_shared();
  Child writer([&] { return writes(lock); });
  until_asleep(writer.pid());
  Child reader([&] { return reads(lock); });
  until_asleep(reader.pid());
  Child other([&] { return writes(lock); });
  until_asleep(other.pid());
  writer.kill();
  lock.unlock_shared();
  EXPECT_TRUE(reader.succeeds());
  EXPECT_TRUE(other.succeeds());
  EXPECT_TRUE(lock.try_lock_shared());
  lock.unlock_shared();
}

TEST_P(MpRWLockTest, who_waits_to_read_gets_what_a_killed_writer_held_as_a_writer) {
  mp::RWLock lock;
  Child dead = writer_of(lock);
  Child reader([&] {
    try {
      reads(lock);
    } catch (mp::OwnerDied& told) {
      const bool alone = Child([&] { return !lock.try_lock_shared(); }).succeeds();
      told.recovered();
      return alone;
    }
    return false;
  });
  until_asleep(reader.pid());
  dead.kill();
  EXPECT_TRUE(reader.succeeds());
  EXPECT_TRUE(lock.try_lock_shared());
  lock.unlock_shared();
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST_P(MpRWLockTest, what_is_not_recovered_stays_torn_for_readers_and_writers) {
  mp::RWLock lock;
  writer_of(lock).kill();
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(lock.try_lock());  // an attempt cannot say what it hands out
    EXPECT_FALSE(lock.try_lock_shared());
    EXPECT_THROW(reads(lock), mp::OwnerDied);
    EXPECT_THROW(writes(lock), mp::OwnerDied);
  }
  // Who takes it and is killed, or waits with it and is killed, makes it no better.
  Child([&] {
    try {
      reads(lock);
    } catch (mp::OwnerDied&) {
      raise(SIGKILL);
    }
    return true;
  }).succeeds();
  EXPECT_THROW(lock.lock(), mp::OwnerDied);
  try {
    reads(lock);
    FAIL() << "taken in silence";
  } catch (mp::OwnerDied& dead) {
    EXPECT_NE(std::string(dead.what()).find("RWLock#"), std::string::npos) << dead.what();
    dead.recovered();
  }
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST_P(MpRWLockTest, a_process_in_the_seat_of_a_killed_reader_counts_anew) {
  mp::RWLock lock;
  for (int i = 0; i < 130; ++i) {  // more than there are seats
    Child dead = reader_of(lock);
    dead.kill();
    Child next([&] { return lock.try_lock(); });
    EXPECT_TRUE(next.succeeds());
    EXPECT_THROW(lock.lock_shared(), mp::OwnerDied);
    try {
      lock.lock();
    } catch (mp::OwnerDied& told) {
      told.recovered();
    }
  }
}

TEST_P(MpRWLockTest, processes_count_together) {
  mp::RWLock lock;
  const Common<int> count(0);
  std::vector<Child> children;
  for (int i = 0; i < 4; ++i)
    children.emplace_back([&] {
      bool even = true;
      for (int n = 0; n < 3'000; ++n) {
        {
          const std::shared_lock hold(lock);
          even = even && *count % 2 == 0;
        }
        const twill::Hold hold(lock);
        ++*count;
        asm volatile("" ::: "memory");
        ++*count;
      }
      return even;
    });
  for (Child& child : children) EXPECT_TRUE(child.succeeds());
  EXPECT_EQ(*count, 24'000);
}

TEST_P(MpRWLockTest, a_wait_that_nobody_can_end_says_so) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "its own thread could end the wait";
  mp::RWLock lock;
  std::thread([&] { lock.lock_shared(); }).join();
  Child([&] { return reads(lock); }).succeeds();
  EXPECT_THROW(lock.lock(), mp::PeerDied);
  EXPECT_TRUE(reads(lock));
  lock.unlock_shared();
}

}  // namespace
