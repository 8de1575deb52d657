// A wake-up is lost, stolen, or meant for another; and who is awake gets nowhere. Each wrong
// program is found, and its cure is proved.

#include <deque>
#include <string>

#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/semaphore.hpp>
#include <twill/tools/atomic.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::Atomic;
using twill::check;
using twill::Condition;
using twill::Finding;
using twill::Hold;
using twill::Lock;

TEST(WakeUpTest, who_comes_late_looks_before_it_waits) {
  const auto notify = [](bool right) {
    Lock lock;
    Condition changed(lock);
    bool ready = false;
    run({[&] {
           const Hold hold(lock);
           if (!right || !ready) changed.wait();
         },
         [&] {
           const Hold hold(lock);
           ready = true;
           changed.notify();
         }});
  };
  expect_cure(Finding::lost_wakeup, notify);
}

TEST(WakeUpTest, one_looks_under_the_same_hold_as_one_waits) {
  const auto notify = [](bool right) {
    Lock lock;
    Condition changed(lock);
    Atomic ready(false, "ready");
    run({[&] {
           if (!right && ready) return;
           const Hold hold(lock);
           if (!right || !ready) changed.wait();
         },
         [&] {
           const Hold hold(lock);
           ready = true;
           changed.notify();
         }});
  };
  expect_cure(Finding::lost_wakeup, notify);
}

TEST(WakeUpTest, the_flag_is_set_before_the_notify) {
  const auto notify = [](bool right) {
    Lock lock;
    Condition changed(lock);
    Atomic ready(false, "ready");
    run({[&] {
           const Hold hold(lock);
           if (!ready) changed.wait();
         },
         [&] {
           if (right) ready = true;  // outside of the lock, but before
           {
             const Hold hold(lock);
             changed.notify();
           }
           ready = true;
         }});
  };
  const auto found = expect_found(Finding::lost_wakeup, [=] { notify(false); });
  EXPECT_NE(found.failure.find("when nobody waited for it"), std::string::npos) << found.failure;
  expect_proof([=] { notify(true); });
}

// Between the notify and the waiter's turn another has taken the item.
TEST(WakeUpTest, who_is_woken_looks_again) {
  const auto take = [](bool right) {
    Lock lock;
    Condition changed(lock);
    int items = 0;
    const auto consume = [&] {
      const Hold hold(lock);
      if (right)
        while (items == 0) changed.wait();
      else if (items == 0)
        changed.wait();
      check(--items >= 0);
    };
    const auto produce = [&] {
      const Hold hold(lock);
      ++items;
      changed.notify();
    };
    run({consume, consume, produce, produce});
  };
  expect_cure(Finding::check, take);
}

TEST(WakeUpTest, all_who_wait_for_a_state_are_notified) {
  const auto open = [](bool right) {
    Lock lock;
    Condition changed(lock);
    bool is_open = false;
    const auto pass = [&] {
      const Hold hold(lock);
      while (!is_open) changed.wait();
    };
    run({pass, pass, [&] {
           const Hold hold(lock);
           is_open = true;
           right ? changed.notify_all() : changed.notify();
         }});
  };
  expect_cure(Finding::deadlock, open);
}

// Producers and consumers wait for one condition; a notify may reach one of one's own kind.
class Buffer {
 public:
  explicit Buffer(bool notifies_all) : notifies_all_(notifies_all) {}

  void put(int item) {
    const Hold hold(lock_);
    while (items_.size() == 1) changed_.wait();
    items_.push_back(item);
    notify();
  }
  int get() {
    const Hold hold(lock_);
    while (items_.empty()) changed_.wait();
    const int item = items_.front();
    items_.pop_front();
    notify();
    return item;
  }

 private:
  void notify() { notifies_all_ ? changed_.notify_all() : changed_.notify(); }

  const bool notifies_all_;
  Lock lock_;
  Condition changed_{lock_};
  std::deque<int> items_;
};

TEST(WakeUpTest, a_bounded_buffer_with_one_condition_notifies_all) {
  const auto pass_on = [](bool right) {
    Buffer buffer(right);
    const auto get = [&] { buffer.get(); };
    const auto put = [&] { buffer.put(1); };
    run({get, get, [&] { put(), put(); }});
  };
  expect_cure(Finding::deadlock, pass_on);
}

TEST(WakeUpTest, an_event_is_cleared_before_one_looks) {
  const auto collect = [](bool right) {
    twill::Event arrived;
    Atomic letters(0, "letters");
    run({[&] {
           int read = 0;
           while (read < 2) {
             arrived.wait();
             if (right) arrived.clear();
             read += letters.exchange(0);
             if (!right) arrived.clear();
           }
         },
         [&] {
           for (int i = 0; i < 2; ++i) ++letters, arrived.set();
         }});
  };
  expect_cure(Finding::deadlock, collect);
}

// The last to finish tells the one who waits for all; who is the last is found out in one step.
TEST(WakeUpTest, the_last_one_says_that_all_are_done) {
  const auto finish = [](bool right) {
    twill::Event done;
    Atomic left(2, "left");
    const auto work = [&] {
      if (right) {
        if (--left == 0) done.set();
      } else {
        left = left - 1;
        if (left == 0) done.set();
      }
    };
    run({work, work, [&] { done.wait(); }});
  };
  expect_cure(Finding::deadlock, finish);
}

// Everybody is awake, and yet it does not go on.

TEST(WakeUpTest, one_spins_for_what_nobody_will_set) {
  const auto spin = [](bool right) {
    Atomic first(false, "first");
    Atomic second(false, "second");
    const auto meet = [](Atomic<bool>& mine, Atomic<bool>& other, bool tells_first) {
      if (tells_first) mine = true;
      while (!other) {
      }
      mine = true;
    };
    run({[&] { meet(first, second, right); }, [&] { meet(second, first, false); }});
  };
  expect_found(Finding::livelock, [=] { spin(false); }, {.steps = 1'000});
  expect_proof([=] { spin(true); });
}

TEST(WakeUpTest, one_spins_and_holds_what_the_other_needs) {
  const auto spin = [](bool right) {
    twill::Semaphore permits(1);
    Atomic ready(false, "ready");
    run({[&] {
           permits.acquire();
           permits.release();
           ready = true;
         },
         [&] {
           permits.acquire();
           if (right) permits.release();
           while (!ready) {
           }
           if (!right) permits.release();
         }});
  };
  expect_found(Finding::starvation, [=] { spin(false); }, {.steps = 1'000});
  expect_proof([=] { spin(true); });
}

}  // namespace
}  // namespace patterns
