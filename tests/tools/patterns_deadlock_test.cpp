// They wait for each other: each wrong program is found, and its cure is proved.

#include <array>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include <twill/platform/error.hpp>
#include <twill/queue/queue.hpp>
#include <twill/sync/acquire_all.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::check;
using twill::Finding;
using twill::Hold;
using twill::Lock;
using twill::Thread;

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
  expect_found(Finding::deadlock, [=] { cross(false); });
  expect_proof([=] { cross(true); });
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
  expect_found(Finding::deadlock, [=] { ring(false); });
  expect_proof([=] { ring(true); });
}

TEST(DeadlockTest, who_joins_holds_what_the_other_needs) {
  const auto join = [](bool right) {
    Lock lock;
    Thread worker([&] { const Hold hold(lock); });
    worker.start();
    {
      const Hold hold(lock);
      if (!right) worker.join();
    }
    worker.join();
  };
  expect_found(Finding::deadlock, [=] { join(false); });
  expect_proof([=] { join(true); });
}

TEST(DeadlockTest, who_waits_for_room_holds_what_the_getter_needs) {
  const auto fill = [](bool right) {
    Lock lock;
    twill::Queue<int> queue({.maxsize = 1});
    const auto put = [&] {
      std::unique_lock hold(lock);
      if (right) hold.unlock();
      queue.put(1);
      queue.put(2);
    };
    const auto get = [&] {
      for (int i = 0; i < 2; ++i) {
        {
          const Hold hold(lock);
        }
        queue.get();
      }
    };
    run({put, get});
  };
  expect_found(Finding::deadlock, [=] { fill(false); });
  expect_proof([=] { fill(true); });
}

TEST(DeadlockTest, who_waits_for_an_item_holds_what_the_putter_needs) {
  const auto drain = [](bool right) {
    Lock lock;
    twill::Queue<int> queue;
    const auto get = [&] {
      std::unique_lock hold(lock);
      if (right) hold.unlock();
      queue.get();
    };
    const auto put = [&] {
      const Hold hold(lock);
      queue.put(1);
    };
    run({get, put});
  };
  expect_found(Finding::deadlock, [=] { drain(false); });
  expect_proof([=] { drain(true); });
}

TEST(DeadlockTest, two_fill_each_others_queue) {
  const auto exchange = [](bool right) {
    twill::Queue<int> there({.maxsize = 1});
    twill::Queue<int> back({.maxsize = right ? 2 : 1});
    const auto talk = [](auto& out, auto& in) {
      out.put(1), out.put(2);
      in.get(), in.get();
    };
    run({[&] { talk(there, back); }, [&] { talk(back, there); }});
  };
  expect_found(Finding::deadlock, [=] { exchange(false); });
  expect_proof([=] { exchange(true); });
}

TEST(DeadlockTest, an_item_that_is_never_done) {
  const auto work = [](bool right) {
    twill::Queue<int> jobs;
    Thread worker([&] {
      if (jobs.get() == 13 && !right) return;  // task_done() is forgotten
      jobs.task_done();
    });
    worker.start();
    jobs.put(13);
    jobs.join();
    worker.join();
  };
  expect_found(Finding::deadlock, [=] { work(false); });
  expect_proof([=] { work(true); });
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
  expect_found(Finding::deadlock, [=] { wait(false); });
  expect_proof([=] { wait(true); });
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
  expect_found(Finding::deadlock, [=] { upgrade(false); });
  expect_proof([=] { upgrade(true); });
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
  expect_found(Finding::deadlock, [=] { cross(false); });
  expect_proof([=] { cross(true); });
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
  expect_found(Finding::deadlock, [=] { collect(false); });
  expect_proof([=] { collect(true); });
}

TEST(DeadlockTest, one_of_a_barrier_goes_early) {
  const auto meet = [](bool right) {
    twill::Barrier all(3);
    twill::Event cancelled;
    const auto come = [&] { all.wait(); };
    run({come, come,
         [&] {
           if (right || !cancelled.is_set()) all.wait();
         },
         [&] { cancelled.set(); }});
  };
  expect_found(Finding::deadlock, [=] { meet(false); });
  expect_proof([=] { meet(true); });
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
  expect_found(Finding::deadlock, [=] { leave(false); });
  expect_proof([=] { leave(true); });
}

}  // namespace
}  // namespace patterns
