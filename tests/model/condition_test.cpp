// Condition over Lock and over RLock.
//   a change announced by notify() is never missed; what was written before is seen
//   a timeout or stop at every moment takes nobody else's notification
//   notify(n) with several waiters, and waiters that come later
//   the first in line, who spins or falls asleep behind the second, is woken first
//   who was notified touches the condition no more

#include <cstddef>
#include <new>
#include <set>
#include <stop_token>

#include <twill/sync/condition.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/semaphore.hpp>

#include "model/litmus.hpp"

using namespace litmus;
using namespace std::chrono_literals;

namespace {

/// Things that are put and taken one by one.
template <class L>
struct Shelf {
  L lock;
  Condition changed{lock};
  Plain<int> things{0};

  void put() {
    const Hold hold(lock);
    things.set(things.get() + 1);
    changed.notify();
  }
  template <class... Limit>
  bool take(const Limit&... limit) {
    const Hold hold(lock);
    if (!changed.wait_for([this] { return things.get() > 0; }, limit...)) return false;
    things.set(things.get() - 1);
    return true;
  }
};

}  // namespace

TEST(ConditionTest, no_notification_is_missed) {
  expect_holds({.preemptions = 3, .stale = 2, .executions = 60'000}, [] {
    Shelf<Lock> shelf;
    together([&] { shelf.put(); }, [&] { check(shelf.take(), "taken"); });
  });
}

TEST(ConditionTest, over_an_rlock) {
  expect_holds({.preemptions = 2}, [] {
    Shelf<RLock> shelf;
    together([&] { shelf.put(); },
             [&] {
               const Hold twice(shelf.lock);
               check(shelf.take(), "taken");
             });
  });
}

TEST(ConditionTest, two_things_for_two_takers) {
  expect_holds({.preemptions = 1, .random = 20'000}, [] {
    Shelf<Lock> shelf;
    const auto take = [&] { check(shelf.take(), "taken"); };
    together(take, take, [&] {
      shelf.put();
      shelf.put();
    });
  });
}

TEST(ConditionTest, a_timeout_takes_nobody_elses_notification) {
  std::set<bool> seen;
  expect_holds({.preemptions = 1, .executions = 40'000, .random = 20'000}, [&seen] {
    Shelf<Lock> shelf;
    bool in_time = false;
    together([&] { in_time = shelf.take(1ms); }, [&] { check(shelf.take(), "taken"); },
             [&] {
               shelf.put();
               shelf.put();
             });
    check(shelf.things.get() == (in_time ? 0 : 1), "nothing is lost");
    seen.insert(in_time);
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST(ConditionTest, who_times_out_is_not_counted) {
  expect_holds({.preemptions = 1, .random = 20'000}, [] {
    Lock lock;
    Condition changed(lock);
    int ready = 0;
    together(
        [&] {
          const Hold hold(lock);
          ready += changed.wait(1ms) ? 1 : 0;
        },
        [&] {
          const Hold hold(lock);
          changed.notify();
        },
        [&] {
          const Hold hold(lock);
          changed.notify(2);
        });
    check(ready <= 1, "one wait");
    const Hold hold(lock);
    changed.notify();  // finds nobody
  });
}

TEST(ConditionTest, the_first_in_line_is_woken_first) {
  expect_holds({.preemptions = 2, .executions = 40'000, .random = 20'000}, [] {
    Lock lock;
    Condition changed(lock);
    Semaphore arrived(0);
    Plain<int> came{0};
    Plain<int> first{-1};
    const auto wait = [&] {
      const Hold hold(lock);
      const int place = came.get();
      came.set(place + 1);
      arrived.release();
      changed.wait();
      if (first.get() >= 0) return;
      first.set(place);
      changed.notify();
    };
    together(wait, wait, [&] {
      arrived.acquire();
      arrived.acquire();
      const Hold hold(lock);
      changed.notify();
    });
    check(first.get() == 0, "who came first was woken first");
  });
}

TEST(ConditionTest, all_are_woken_wherever_they_wait) {
  expect_holds({.preemptions = 2, .executions = 40'000, .random = 20'000}, [] {
    Lock lock;
    Condition changed(lock);
    Semaphore arrived(0);
    const auto wait = [&] {
      const Hold hold(lock);
      arrived.release();
      changed.wait();
    };
    together(wait, wait, [&] {
      arrived.acquire();
      arrived.acquire();
      const Hold hold(lock);
      changed.notify_all();
    });
  });
}

TEST(ConditionTest, a_condition_may_go_once_everybody_was_notified) {
  alignas(Condition) static std::byte place[sizeof(Condition)];  // the same in each execution
  expect_holds({.preemptions = 2, .random = 5'000}, [] {
    Lock lock;
    Plain<bool> ready{false};
    auto& changed = *new (place) Condition(lock);
    together(
        [&] {
          const Hold hold(lock);
          while (!ready.get()) changed.wait();
        },
        [&] {
          const Hold hold(lock);
          ready.set(true);
          changed.notify_all();
          changed.~Condition();
        });
  });
}

TEST(ConditionTest, stop_ends_a_wait) {
  std::set<bool> seen;
  expect_holds({.preemptions = 2}, [&seen] {
    Shelf<Lock> shelf;
    std::stop_source stop;
    together(
        [&] {
          try {
            seen.insert(shelf.take(stop.get_token()));
          } catch (const CancelledError&) {
            seen.insert(false);
          }
        },
        [&] { shelf.put(); }, [&] { stop.request_stop(); });
  });
  EXPECT_EQ(seen.size(), 2u);
}
