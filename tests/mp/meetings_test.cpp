// Condition and Barrier between processes. Paths: notify of one, of many, of none; order; no lock;
// timeouts, stop; a notified waiter that is killed; an owner that is killed while others wait;
// trips, timeouts, abort, reset, action; a party that is killed inside and outside, and one that
// ends well.

#include <gtest/gtest.h>
#include <mutex>
#include <stop_token>
#include <thread>
#include <twill/mp/barrier.hpp>
#include <twill/mp/condition.hpp>
#include <twill/mp/event.hpp>
#include <twill/sync/hold.hpp>
#include <vector>

#include "platform/robust.hpp"
#include "support/children.hpp"

namespace {

using namespace std::chrono_literals;
using support::Child;
using support::Common;
using support::until;
using support::until_asleep;
using support::until_listening;
namespace mp = twill::mp;

class MpMeetingTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
  }
};
using MpConditionTest = MpMeetingTest;
using MpBarrierTest = MpMeetingTest;

/// A child that waits once, and adds to `woken` then; asleep when this returns.
Child waiter(mp::Condition& condition, std::atomic<int>& woken) {
  Child child([&] {
    const twill::Hold hold(condition);
    condition.wait();
    ++woken;
    return true;
  });
  until_asleep(child.pid());
  return child;
}

TEST_F(MpConditionTest, notify_wakes_as_many_as_it_says) {
  mp::Condition condition;
  const Common<std::atomic<int>> woken(0);
  std::vector<Child> crowd;
  for (int i = 0; i < 4; ++i) crowd.push_back(waiter(condition, *woken));
  const auto notify = [&](int n) {
    const twill::Hold hold(condition);
    condition.notify(n);
  };
  notify(0);
  notify(1);
  EXPECT_TRUE(crowd[0].succeeds());  // in the order in which they came
  notify(2);
  EXPECT_TRUE(crowd[1].succeeds());
  EXPECT_TRUE(crowd[2].succeeds());
  EXPECT_EQ(*woken, 3);
  notify(5);
  EXPECT_TRUE(crowd[3].succeeds());
  const twill::Hold hold(condition);
  EXPECT_FALSE(condition.wait(10ms));  // what nobody heard is not remembered
}

/// Its process lives on, so that nobody is told of its end but by the lock.
TEST_F(MpConditionTest, a_notify_by_a_thread_that_ends_with_the_lock_wakes_as_well) {
  mp::Condition condition;
  Child waiter([&] {
    try {
      const twill::Hold hold(condition);
      condition.wait();
      return false;
    } catch (const mp::OwnerDied&) {
      return true;
    }
  });
  if (!until_listening(waiter.pid())) GTEST_SKIP() << "no futex_waitv to be seen";
  std::thread([&] {
    condition.acquire();
    condition.notify();
  }).join();
  EXPECT_TRUE(waiter.succeeds());
}

TEST_F(MpConditionTest, needs_its_lock) {
  mp::Lock lock;
  mp::Condition condition(lock);
  EXPECT_THROW(condition.wait(), twill::RuntimeError);
  EXPECT_THROW(condition.notify(), twill::RuntimeError);
  lock.acquire();
  EXPECT_FALSE(condition.wait(1ms));
  EXPECT_TRUE(lock.locked());
  lock.release();
}

TEST_F(MpConditionTest, an_rlock_is_let_go_entirely_and_held_as_deep_again) {
  mp::RLock lock;
  mp::Condition condition(lock);
  const twill::Hold first(lock);
  const std::scoped_lock second(lock);
  Child other([&] {
    const twill::Hold hold(condition);
    condition.notify_all();
    return true;
  });
  EXPECT_TRUE(condition.wait());
  EXPECT_EQ(lock.recursion_count(), 2u);
  EXPECT_TRUE(other.succeeds());
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(condition.wait(source.get_token()), twill::CancelledError);
  EXPECT_EQ(lock.recursion_count(), 2u);
  EXPECT_THROW(condition.wait(), mp::PeerDied);
  EXPECT_EQ(lock.recursion_count(), 2u);
}

TEST_F(MpConditionTest, the_next_has_the_notify_of_one_who_was_killed) {
  mp::Condition condition;
  const Common<std::atomic<int>> woken(0);
  Child first = waiter(condition, *woken);
  Child second = waiter(condition, *woken);
  {
    const twill::Hold hold(condition);
    condition.notify();  // the first cannot go on without the lock
    first.kill();
    until_asleep(second.pid());
  }
  EXPECT_TRUE(second.succeeds());
  EXPECT_EQ(*woken, 1);
}

TEST_F(MpConditionTest, wait_has_the_lock_also_after_an_owner_that_died) {
  mp::Condition condition;
  Child waits([&] {
    const twill::Hold hold(condition);
    try {
      condition.wait();
    } catch (mp::OwnerDied& dead) {
      dead.recovered();
      return condition.locked();
    }
    return false;
  });
  until_asleep(waits.pid());
  Child([&] { return condition.lock(), condition.notify(), true; }).succeeds();
  EXPECT_TRUE(waits.succeeds());
  const twill::Hold hold(condition);
}

/// The kernel tells one sleeper of a death. That one's own wait may be over at the same time.
TEST_F(MpBarrierTest, all_hear_of_a_death_though_the_first_one_who_does_goes_another_way) {
  mp::Barrier barrier(3);
  mp::Event event;
  mp::Event is_party;
  Child party([&] {
    is_party.set();
    return barrier.wait() >= 0;
  });
  is_party.wait();
  until_asleep(party.pid());
  Child first([&] {
    event.wait();
    for (;;) pause();
    return true;
  });
  if (!until_listening(first.pid())) GTEST_SKIP() << "no futex_waitv to be seen";
  Child second([&] {
    try {
      barrier.wait();
    } catch (const twill::BrokenBarrierError&) {
      return true;
    }
    return false;
  });
  if (!until_listening(second.pid())) GTEST_SKIP() << "no futex_waitv to be seen";
  kill(first.pid(), SIGSTOP);
  party.kill();
  event.set();
  kill(first.pid(), SIGCONT);
  EXPECT_TRUE(second.succeeds());
}

TEST_F(MpBarrierTest, lets_all_go_in_lockstep) {
  constexpr int kParties = 3;
  constexpr int kTrips = 200;
  const Common<std::atomic<int>> arrived(0);
  const Common<std::atomic<int>> actions(0);
  mp::Barrier barrier(kParties, {.action = [&] { ++*actions; }});
  std::vector<Child> crowd;
  for (int i = 0; i < kParties; ++i)
    crowd.emplace_back([&] {
      bool ok = true;
      for (int trip = 1; trip <= kTrips; ++trip) {
        ++*arrived;
        const std::int64_t index = barrier.wait();
        ok &= *arrived >= trip * kParties && index >= 0 && index < kParties;
        barrier.wait();
        ok &= *arrived <= (trip + 1) * kParties;
      }
      return ok;
    });
  for (Child& child : crowd) EXPECT_TRUE(child.succeeds());
  EXPECT_EQ(*actions, 2 * kTrips);
}

TEST_F(MpBarrierTest, a_timeout_breaks_it_for_all_until_reset) {
  mp::Barrier barrier(3);
  EXPECT_THROW(mp::Barrier(0), twill::ValueError);
  Child other([&] {
    try {
      barrier.wait();
    } catch (const twill::BrokenBarrierError&) {
      return true;
    }
    return false;
  });
  until_asleep(other.pid());
  EXPECT_EQ(barrier.n_waiting(), 1);
  EXPECT_THROW(barrier.wait(10ms), twill::BrokenBarrierError);
  EXPECT_TRUE(other.succeeds());
  EXPECT_TRUE(barrier.broken());
  EXPECT_THROW(barrier.wait(), twill::BrokenBarrierError);
  barrier.reset();
  EXPECT_FALSE(barrier.broken());
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(barrier.wait(source.get_token()), twill::CancelledError);
  EXPECT_EQ(barrier.n_waiting(), 0);
}

TEST_F(MpBarrierTest, a_party_that_is_killed_breaks_it) {
  for (const bool inside : {true, false}) {
    mp::Barrier barrier(inside ? 3 : 2);
    const Common<std::atomic<int>> trips(0);
    Child victim([&] {
      barrier.wait();
      ++*trips;
      for (;;) pause();
      return true;
    });
    if (!inside) {
      barrier.wait();
      until(*trips, 1);
    }
    until_asleep(victim.pid());
    Child killer([pid = victim.pid(), waiter = getpid()] {
      until_asleep(waiter);
      return kill(pid, SIGKILL) == 0;
    });
    EXPECT_THROW(barrier.wait(), twill::BrokenBarrierError);
    EXPECT_TRUE(killer.succeeds());
  }
}

TEST_F(MpBarrierTest, an_action_that_throws_breaks_it_and_abort_does) {
  mp::Barrier barrier(1, {.action = [] { throw std::runtime_error("no"); }});
  EXPECT_THROW(barrier.wait(), std::runtime_error);
  EXPECT_TRUE(barrier.broken());
  barrier.reset();
  barrier.abort();
  EXPECT_TRUE(Child([&] { return barrier.broken(); }).succeeds());
}

TEST_F(MpBarrierTest, a_party_that_ends_by_exit_breaks_nothing) {
  mp::Barrier barrier(2);
  Child party([&] {
    barrier.wait();
    std::exit(0);
    return true;
  });
  EXPECT_NO_THROW(barrier.wait());
  EXPECT_TRUE(party.succeeds());
  EXPECT_FALSE(barrier.broken());
}

}  // namespace
