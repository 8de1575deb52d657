// No false alarm: what each primitive orders is no race, and what is right stays silent.

#include <shared_mutex>

#include <twill/park/clock.hpp>
#include <twill/queue/queue.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>
#include <twill/thread/local.hpp>
#include <twill/thread/thread.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using namespace std::chrono_literals;
using twill::check;
using twill::Hold;
using twill::Shared;
using twill::Thread;

TEST(ExploreOrderTest, an_event_orders) {
  expect_proof([] {
    twill::Event ready;
    Shared<int> x(0, "x");
    Thread writer([&] { x = 1, ready.set(); });
    writer.start();
    ready.wait();
    check(x == 1);
    writer.join();
  });
  expect_proof([] {
    twill::Event ready;
    Shared<int> x(0, "x");
    Thread writer([&] { x = 1, ready.set(); });
    writer.start();
    if (ready.is_set()) check(x == 1);
    writer.join();
  });
}

TEST(ExploreOrderTest, a_semaphore_orders) {
  expect_proof([] {
    twill::Semaphore free(1);
    Shared<int> x(0, "x");
    const auto add = [&] {
      free.acquire();
      ++x;
      free.release();
    };
    run({add, add});
    check(x == 2);
  });
}

TEST(ExploreOrderTest, a_condition_orders) {
  for (const bool recursive : {false, true})
    expect_proof([recursive] {
      twill::Lock lock;
      twill::RLock rlock;
      twill::Condition changed = recursive ? twill::Condition(rlock) : twill::Condition(lock);
      Shared<int> things(0, "things");
      Thread taker([&] {
        const Hold hold(changed);
        changed.wait_for([&] { return things > 0; });
        --things;
      });
      taker.start();
      {
        const Hold hold(changed);
        ++things;
        changed.notify();
      }
      taker.join();
      check(things == 0);
    });
}

TEST(ExploreOrderTest, a_barrier_orders) {
  expect_proof([] {
    twill::Barrier both(2);
    Shared<int> x(0, "x");
    Thread other([&] {
      x = 1;
      both.wait();
    });
    other.start();
    both.wait();
    check(x == 1);
    other.join();
  });
}

TEST(ExploreOrderTest, an_rwlock_orders) {
  expect_proof([] {
    twill::RWLock table;
    Shared<int> x(0, "x");
    run({[&] {
           const std::shared_lock hold(table);
           check(x == 0 || x == 1);
         },
         [&] {
           const Hold hold(table);
           x = 1;
         }});
  });
}

TEST(ExploreOrderTest, a_queue_orders) {
  expect_proof([] {
    twill::Queue<int> queue({.maxsize = 1});
    Shared<int> x(0, "x");
    Thread worker([&] {
      check(queue.get() == 1);
      check(x == 7);
      x = 8;
      queue.task_done();
    });
    worker.start();
    x = 7;
    queue.put(1);
    queue.join();
    check(x == 8);
    worker.join();
  });
}

TEST(ExploreOrderTest, each_thread_has_values_of_its_own) {
  static twill::Local<int> mine;
  expect_proof([] {
    const auto count = [] {
      *mine = 1;
      twill::sleep(1ms);
      check(*mine == 1);
      ++*mine;
    };
    run({count, count});
  });
}

}  // namespace
}  // namespace patterns
