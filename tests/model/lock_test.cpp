// Lock, with both kinds of bell.
//   exclusion, no wake-up lost, timeouts, release by another thread
//   after the store that releases, nothing touches the lock
//   deadlocks: alone, of two, of three; one victim each, no false one

#include <array>
#include <set>
#include <stop_token>

#include <twill/platform/error.hpp>
#include <twill/sync/lock.hpp>

#include "model/litmus.hpp"

using namespace litmus;
using namespace std::chrono_literals;

namespace {

struct Counter {
  Lock lock;
  Plain<int> value{0};

  void add(int rounds = 1) {
    for (int i = 0; i < rounds; ++i) {
      lock.lock();
      value.set(value.get() + 1);
      lock.unlock();
    }
  }
};

using LockTest = Door;
LITMUS_IN_BOTH_MODES(LockTest);

}  // namespace

TEST_P(LockTest, two_threads) {
  expect_holds({.preemptions = 3, .stale = 2}, [] {
    Counter counter;
    const auto body = [&] { counter.add(); };
    together(body, body);
    check(counter.value.get() == 2, "each round counted");
  });
}

TEST_P(LockTest, two_rounds_each) {
  expect_holds({.preemptions = 2, .random = 20'000}, [] {
    Counter counter;
    const auto body = [&] { counter.add(2); };
    together(body, body);
    check(counter.value.get() == 4, "each round counted");
  });
}

TEST_P(LockTest, three_threads) {
  expect_holds({.preemptions = 2, .random = 20'000}, [] {
    Counter counter;
    const auto body = [&] { counter.add(); };
    together(body, body, body);
    check(counter.value.get() == 3, "each round counted");
  });
}

TEST_P(LockTest, a_timeout_at_every_moment) {
  std::set<bool> seen;
  expect_holds({.preemptions = 2, .executions = 60'000, .random = 20'000}, [&seen] {
    Counter counter;
    bool taken = false;
    together([&] { counter.add(); },
             [&] {
               if (!(taken = counter.lock.try_lock_for(1ms))) return;
               counter.value.set(counter.value.get() + 1);
               counter.lock.unlock();
             },
             [&] { counter.add(); });
    check(counter.value.get() == (taken ? 3 : 2), "taken or not");
    seen.insert(taken);
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(LockTest, another_thread_releases) {
  expect_holds({.preemptions = 3}, [] {
    Lock lock;
    Plain<int> value{0};
    lock.acquire();
    together(
        [&] {
          value.set(1);
          lock.release();
        },
        [&] {
          lock.acquire();
          check(value.get() == 1, "what was done before the release");
          lock.release();
        });
  });
}

TEST_P(LockTest, what_was_acquired_may_be_unlocked) {
  expect_holds({.preemptions = 3, .stale = 2}, [] {
    Counter counter;
    const auto body = [&] {
      counter.lock.acquire();
      counter.value.set(counter.value.get() + 1);
      counter.lock.unlock();
    };
    together(body, body);
    check(counter.value.get() == 2, "each round counted");
  });
}

TEST_P(LockTest, a_lock_may_go_right_after_its_last_unlock) {
  expect_holds({.preemptions = 3, .stale = 2}, [] {
    struct Shared {
      Lock lock;
      int users = 2;
    };
    auto* shared = new Shared;
    const auto leave = [&] {
      shared->lock.lock();
      const bool last = --shared->users == 0;
      shared->lock.unlock();
      if (last) delete shared;
    };
    together(leave, leave);
  });
}

TEST_P(LockTest, a_released_lock_may_go_as_well) {
  expect_holds({.preemptions = 3}, [] {
    auto* lock = new Lock;
    lock->acquire();
    together([&] { lock->release(); },
             [&] {
               lock->acquire();
               lock->release();
               delete lock;
             });
  });
}

TEST_P(LockTest, who_locks_twice_is_told) {
  expect_holds({}, [] {
    Lock lock;
    together(
        [&] {
          lock.lock();
          bool told = false;
          try {
            lock.lock();
          } catch (const DeadlockError&) {
            told = true;
          }
          check(told, "DeadlockError");
          lock.unlock();
        },
        [&] {
          lock.lock();
          lock.unlock();
        });
  });
}

TEST_P(LockTest, two_locks_in_two_orders_have_one_victim) {
  std::set<int> seen;
  expect_holds({.preemptions = 2, .random = 10'000}, [&seen] {
    Lock one, other;
    atomic<int> victims{0};
    const auto take_both = [&](Lock& first, Lock& second) {
      first.lock();
      try {
        second.lock();
        second.unlock();
      } catch (const DeadlockError&) {
        victims.fetch_add(1, relaxed);
      }
      first.unlock();
    };
    together([&] { take_both(one, other); }, [&] { take_both(other, one); });
    check(victims.load() <= 1, "at most one victim");
    seen.insert(victims.load());
  });
  EXPECT_EQ(seen, (std::set{0, 1}));
}

TEST_P(LockTest, a_ring_of_three_has_one_victim) {
  std::set<int> seen;
  expect_holds({.preemptions = 2, .executions = 25'000, .random = 10'000}, [&seen] {
    std::array<Lock, 3> locks;
    atomic<int> victims{0};
    const auto take_two = [&](unsigned i) {
      locks[i].lock();
      try {
        locks[(i + 1) % 3].lock();
        locks[(i + 1) % 3].unlock();
      } catch (const DeadlockError&) {
        victims.fetch_add(1, relaxed);
      }
      locks[i].unlock();
    };
    together([&] { take_two(0); }, [&] { take_two(1); }, [&] { take_two(2); });
    check(victims.load() <= 1, "at most one victim");
    seen.insert(victims.load());
  });
  EXPECT_EQ(seen, (std::set{0, 1}));
}

TEST_P(LockTest, a_timed_wait_is_no_deadlock) {
  expect_holds({.preemptions = 2}, [] {
    Lock one, other;
    together(
        [&] {
          one.lock();
          if (other.try_lock_for(1ms)) other.unlock();
          one.unlock();
        },
        [&] {
          other.lock();
          one.lock();
          one.unlock();
          other.unlock();
        });
  });
}
