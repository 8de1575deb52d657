// They wait for each other: each wrong program is found, and its cure is proved.

#include <mutex>
#include <shared_mutex>

#include <twill/sync/condition.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::Finding;
using twill::Hold;
using twill::Lock;

TEST(DeadlockTest, two_locks_crosswise) {
  const auto cross = [](bool right) {
    Lock a;
    Lock b;
    const auto take = [](Lock& first, Lock& second) {
      const Hold one(first);
      const Hold two(second);
    };
    run({[&] { take(a, b); }, [&] { right ? take(a, b) : take(b, a); }});
  };
  expect_cure(Finding::deadlock, cross);
}

TEST(DeadlockTest, three_locks_in_a_ring) {
  const auto ring = [](bool right) {
    Lock a;
    Lock b;
    Lock c;
    const auto take = [](Lock& first, Lock& second) {
      const Hold one(first);
      const Hold two(second);
    };
    run({[&] { take(a, b); }, [&] { take(b, c); }, [&] { right ? take(a, c) : take(c, a); }});
  };
  expect_cure(Finding::deadlock, ring);
}

// wait() lets go of the condition's lock, but of no other.
TEST(DeadlockTest, who_waits_for_a_condition_holds_another_lock) {
  const auto wait = [](bool right) {
    Lock outer;
    Lock inner;
    twill::Condition changed(inner);
    bool ready = false;
    const auto waiter = [&] {
      std::unique_lock hold(outer);
      if (right) hold.unlock();
      const Hold both(inner);
      while (!ready) changed.wait();
    };
    const auto notifier = [&] {
      const Hold hold(outer);
      const Hold both(inner);
      ready = true;
      changed.notify();
    };
    run({waiter, notifier});
  };
  expect_cure(Finding::deadlock, wait);
}

TEST(DeadlockTest, one_takes_the_same_lock_twice) {
  expect_found(Finding::deadlock, [] {
    Lock lock({.name = "lock"});
    const std::unique_lock outer(lock);
    const std::unique_lock inner(lock);
  });
  expect_proof([] {
    twill::RLock lock;
    const std::unique_lock outer(lock);
    const std::unique_lock inner(lock);
  });
}

// A lock for readers by hand: both who read want to write, and wait for the other to stop reading.
class Table {
 public:
  void begin_reading() {
    const Hold hold(lock_);
    ++readers_;
  }
  void end_reading() {
    const Hold hold(lock_);
    --readers_;
    changed_.notify_all();
  }
  void write(int own_readers) {
    const Hold hold(lock_);
    while (readers_ > own_readers) changed_.wait();
  }

 private:
  Lock lock_;
  twill::Condition changed_{lock_};
  int readers_ = 0;
};

TEST(DeadlockTest, two_who_read_want_to_write) {
  const auto upgrade = [](bool right) {
    Table table;
    const auto read_and_write = [&] {
      table.begin_reading();
      if (right) table.end_reading();
      table.write(right ? 0 : 1);
      if (!right) table.end_reading();
    };
    run({read_and_write, read_and_write});
  };
  expect_cure(Finding::deadlock, upgrade);
}

TEST(DeadlockTest, who_reads_cannot_write) {
  expect_found(Finding::deadlock, [] {
    twill::RWLock table({.name = "table"});
    const std::shared_lock reading(table);
    const std::unique_lock writing(table);
  });
}

TEST(DeadlockTest, permits_crosswise) {
  const auto cross = [](bool right) {
    twill::Semaphore printer(1);
    twill::Semaphore scanner(1);
    const auto copy = [](twill::Semaphore& first, twill::Semaphore& second) {
      first.acquire(), second.acquire();
      second.release(), first.release();
    };
    run({[&] { copy(printer, scanner); },
         [&] { right ? copy(printer, scanner) : copy(scanner, printer); }});
  };
  expect_cure(Finding::deadlock, cross);
}

// Two permits for three who need two each, taken one by one.
TEST(DeadlockTest, all_have_one_permit_and_want_another) {
  const auto collect = [](bool right) {
    Lock lock;
    twill::Semaphore permits(2);
    const auto take_two = [&] {
      std::unique_lock hold(lock, std::defer_lock);
      if (right) hold.lock();
      permits.acquire(), permits.acquire();
      if (right) hold.unlock();
      permits.release(2);
    };
    run({take_two, take_two});
  };
  expect_cure(Finding::deadlock, collect);
}

TEST(DeadlockTest, a_permit_is_given_back_on_every_way_out) {
  const auto leave = [](bool right) {
    twill::Semaphore permits(1);
    int left = 1;
    const auto take = [&] {
      permits.acquire();
      if (left == 0 && !right) return;
      if (left > 0) --left;
      permits.release();
    };
    run({take, take, take});
  };
  expect_cure(Finding::deadlock, leave);
}

}  // namespace
}  // namespace patterns
