#include "tools/findings.hpp"

#include <stdexcept>

#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/semaphore.hpp>
#include <twill/thread/thread.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

namespace findings {

static void run_both(Thread& a, Thread& b) {
  a.start();
  b.start();
  a.join();
  b.join();
}

const unsigned kCheckFails = __LINE__;
void check_fails() {
  Shared balance(10'000, "balance");
  Thread company({.name = "company"}, [&] { balance += 2'000; });
  Thread ebay({.name = "ebay"}, [&] { balance -= 1'000; });
  run_both(company, ebay);
  check(balance == 11'000);
}

void throws() {
  Atomic seats(1, "seats");
  const auto book = [&] {
    if (seats.load() == 0) return;
    if (seats.fetch_sub(1) == 0) throw std::runtime_error("a seat is sold twice");
  };
  Thread ann({.name = "ann"}, book);
  Thread ben({.name = "ben"}, book);
  run_both(ann, ben);
}

void races() {
  Shared x(0, "x");
  Thread one({.name = "one"}, [&] { x = 1; });
  Thread two({.name = "two"}, [&] { x.get(); });
  run_both(one, two);
}

void deadlocks() {
  Lock a({.name = "a"}), b({.name = "b"});
  Thread one({.name = "one"}, [&] {
    const Hold first(a);
    const Hold second(b);
  });
  Thread two({.name = "two"}, [&] {
    const Hold first(b);
    const Hold second(a);
  });
  run_both(one, two);
}

void loses_a_wake_up() {
  Lock lock({.name = "lock"});
  Condition changed(lock, {.name = "changed"});
  Atomic ready(false, "ready");
  Thread waiter({.name = "waiter"}, [&] {
    if (ready) return;
    const Hold hold(changed);
    changed.wait();
  });
  Thread notifier({.name = "notifier"}, [&] {
    ready = true;
    const Hold hold(changed);
    changed.notify();
  });
  run_both(waiter, notifier);
}

void starves() {
  Semaphore room(1, {.name = "room"}), a_reads(0), b_reads(0);
  Lock lock;
  int readers = 0;
  const auto read = [&](Semaphore& me, Semaphore& other) {
    for (;;) {
      lock.lock();
      if (++readers == 1) room.acquire();
      lock.unlock();
      me.release();
      other.acquire();
      lock.lock();
      if (--readers == 0) room.release();
      lock.unlock();
    }
  };
  Thread a({.name = "reader a"}, [&] { read(a_reads, b_reads); });
  Thread b({.name = "reader b"}, [&] { read(b_reads, a_reads); });
  Thread writer({.name = "writer"}, [&] { room.acquire(); });
  a.start();
  b.start();
  writer.start();
  a.join();
  b.join();
  writer.join();
}

void livelocks() {
  Atomic first(0, "first");
  const auto insist = [&](int me) {
    for (;;)
      if (first == me) first = 1 - me;
  };
  Thread one({.name = "Alphonse"}, insist, 0);
  Thread two({.name = "Gaston"}, insist, 1);
  run_both(one, two);
}

void leaks() {
  static Event* never = nullptr;
  never = new Event;
  Thread straggler({.name = "straggler", .daemon = true}, [event = never] {
    try {
      event->wait();
    } catch (const DeadlockError&) {
    }
    delete event;
  });
  straggler.start();
}

void depends_on_the_past() {
  static int times = 0;
  ++times;
  Lock lock;
  for (int i = 0; i < times; ++i) const Hold hold(lock);
}

}  // namespace findings
