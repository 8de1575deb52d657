// Paths: free, held by another thread and by another process; timeouts, stop, attempts; release by
// another process; misuse; counts of several processes; an owner that is killed while somebody
// waits, before, and twice; recovered or not; a lock that was acquired and whose users are gone; an
// object made, shared and left behind many times; all of it also where the kernel can listen to one
// word only.

#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <twill/mp/lock.hpp>
#include <twill/mp/rlock.hpp>
#include <twill/sync/hold.hpp>
#include <unistd.h>
#include <vector>

#include "platform/fault.hpp"
#include "platform/robust.hpp"
#include "support/children.hpp"

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

template <class L>
class MpLockTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
  }

  /// A child that holds the lock, until it is killed.
  Child holder(L& lock) {
    const Common<std::atomic<int>> holds(0);
    Child child([&] {
      lock.lock();
      *holds = 1;
      for (;;) pause();
      return true;
    });
    until(*holds, 1);
    return child;
  }
};
using Locks = testing::Types<mp::Lock, mp::RLock>;
TYPED_TEST_SUITE(MpLockTest, Locks);

TYPED_TEST(MpLockTest, is_free_then_held_then_free) {
  TypeParam lock;
  EXPECT_FALSE(lock.locked());
  EXPECT_TRUE(lock.acquire());
  EXPECT_TRUE(lock.locked());
  lock.release();
  EXPECT_FALSE(lock.locked());
  EXPECT_THROW(lock.release(), twill::RuntimeError);
  const std::scoped_lock hold(lock);
  EXPECT_TRUE(lock.locked());
}

TYPED_TEST(MpLockTest, excludes_other_processes_and_their_attempts_end_in_time) {
  TypeParam lock;
  const twill::Hold hold(lock);
  EXPECT_TRUE(Child([&] { return lock.locked() && !lock.try_lock(); }).succeeds());
  EXPECT_TRUE(Child([&] { return !lock.acquire(false) && !lock.acquire(20ms); }).succeeds());
  EXPECT_TRUE(Child([&] { return !lock.try_lock_for(20ms); }).succeeds());
  EXPECT_TRUE(Child([&] {
                try {
                  lock.release();
                } catch (const twill::RuntimeError&) {
                  return true;
                }
                return false;
              }).succeeds());
}

TYPED_TEST(MpLockTest, processes_count_together) {
  TypeParam lock;
  const Common<int> count(0);
  {
    std::vector<Child> children;
    for (int i = 0; i < 4; ++i)
      children.emplace_back([&] {
        for (int n = 0; n < 20'000; ++n) {
          const twill::Hold hold(lock);
          ++*count;
        }
        return true;
      });
    for (Child& child : children) EXPECT_TRUE(child.succeeds());
  }
  EXPECT_EQ(*count, 80'000);
}

TYPED_TEST(MpLockTest, stop_ends_one_wait_and_no_other) {
  TypeParam lock;
  lock.lock();
  Child other([&] { return lock.acquire(); });
  until_asleep(other.pid());
  std::stop_source source;
  std::atomic<int> id = 0;
  std::thread stopped([&] {
    id = gettid();
    EXPECT_THROW(lock.acquire(source.get_token()), twill::CancelledError);
    EXPECT_FALSE(lock.try_acquire(1h, source.get_token()));
  });
  while (id == 0) std::this_thread::yield();
  until_asleep(id);
  source.request_stop();
  stopped.join();
  lock.unlock();
  EXPECT_TRUE(other.succeeds());
}

TYPED_TEST(MpLockTest, who_waits_gets_what_a_killed_owner_held) {
  TypeParam lock;
  Child owner = this->holder(lock);
  Child waiter([&] {
    try {
      lock.lock();
    } catch (mp::OwnerDied& dead) {
      const bool held = lock.locked();
      dead.recovered();
      return held;
    }
    return false;
  });
  until_asleep(waiter.pid());
  owner.kill();
  EXPECT_TRUE(waiter.succeeds());
  EXPECT_FALSE(lock.locked());
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TYPED_TEST(MpLockTest, what_is_not_recovered_stays_torn_for_the_next) {
  TypeParam lock;
  this->holder(lock).kill();
  EXPECT_FALSE(lock.try_lock());  // an attempt cannot say what it hands out
  EXPECT_FALSE(lock.acquire(false));
  for (int i = 0; i < 2; ++i) EXPECT_THROW(lock.lock(), mp::OwnerDied);
  EXPECT_THROW(lock.acquire(), mp::OwnerDied);
  EXPECT_FALSE(lock.locked());
  try {
    const twill::Hold hold(lock);
    FAIL() << "taken in silence";
  } catch (mp::OwnerDied& dead) {
    EXPECT_TRUE(lock.locked());
    EXPECT_NE(std::string(dead.what()).find("Lock#"), std::string::npos) << dead.what();
    dead.recovered();
  }
  const twill::Hold hold(lock);
}

TYPED_TEST(MpLockTest, a_crowd_gets_through_after_each_kill) {
  for (const bool old_kernel : {false, true}) {
    if (old_kernel) twill::detail::refuse_after(twill::detail::Fault::futex_waitv, 0);
    TypeParam lock;
    Child owner = this->holder(lock);
    std::vector<Child> crowd;
    for (int i = 0; i < 4; ++i)
      crowd.emplace_back([&] {
        try {
          lock.lock();
          lock.unlock();
        } catch (mp::OwnerDied&) {
        }
        return true;
      });
    for (Child& child : crowd) until_asleep(child.pid());
    crowd[0].kill();
    owner.kill();
    for (std::size_t i = 1; i < crowd.size(); ++i) EXPECT_TRUE(crowd[i].succeeds());
    twill::detail::refuse_no_more(twill::detail::Fault::futex_waitv);
  }
}

TYPED_TEST(MpLockTest, states_are_used_again_once_nobody_has_them) {
  for (int i = 0; i < 10'000; ++i) const TypeParam lock;
  std::optional<TypeParam> lock(std::in_place);
  Child child = this->holder(*lock);
  lock.reset();  // the child's goes on
  for (int i = 0; i < 10; ++i) {
    TypeParam other;
    EXPECT_TRUE(other.try_lock());
    other.unlock();
  }
}

class MpPlainLockTest : public MpLockTest<mp::Lock> {};
class MpRLockTest : public MpLockTest<mp::RLock> {};

TEST_F(MpPlainLockTest, any_process_may_release_what_was_acquired) {
  mp::Lock lock;
  lock.acquire();
  Child waiter([&] { return lock.acquire(); });
  until_asleep(waiter.pid());
  EXPECT_TRUE(Child([&] { return lock.release(), true; }).succeeds());
  EXPECT_TRUE(waiter.succeeds());
  EXPECT_TRUE(lock.locked());
  lock.release();
}

TEST_F(MpPlainLockTest, locking_twice_is_a_deadlock) {
  mp::Lock lock({.name = "till"});
  lock.lock();
  EXPECT_THROW(lock.lock(), twill::DeadlockError);
  lock.unlock();
  EXPECT_DEATH(lock.unlock(), "unlock\\(\\) of Lock .till.*by a thread that did not lock it");
}

TEST_F(MpPlainLockTest, a_wait_that_nobody_can_end_says_so) {
  mp::Lock lock;
  Child([&] { return lock.acquire(); }).succeeds();
  EXPECT_THROW(lock.lock(), mp::PeerDied);
  EXPECT_FALSE(lock.acquire(10ms));  // this one ends by itself

  const Common<std::atomic<int>> there(0);
  Child peer([&] {
    *there = 1;
    for (;;) pause();
    return true;
  });
  until(*there, 1);
  Child killer([&, victim = peer.pid(), waiter = getpid()] {
    until_asleep(waiter);
    return kill(victim, SIGKILL) == 0;
  });
  EXPECT_THROW(lock.lock(), mp::PeerDied);
}

TEST_F(MpRLockTest, is_taken_again_by_its_owner_and_free_after_as_many_releases) {
  mp::RLock lock;
  lock.lock();
  EXPECT_TRUE(lock.acquire(false));
  EXPECT_EQ(lock.recursion_count(), 2u);
  EXPECT_TRUE(Child([&] { return lock.recursion_count() == 0 && !lock.try_lock(); }).succeeds());
  lock.unlock();
  EXPECT_TRUE(lock.is_owned());
  lock.unlock();
  EXPECT_FALSE(lock.locked());
  EXPECT_TRUE(Child([&] { return lock.try_lock(); }).succeeds());
  EXPECT_THROW(lock.lock(), mp::OwnerDied);
}

}  // namespace
