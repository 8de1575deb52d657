// Paths: for programs of two and three threads, the search that leaves out what is equivalent finds
// each class of interleavings once, and their sizes add up to what brute force counts.

#include <mutex>
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
#include <twill/thread/thread.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

#include "tools/brute_force.hpp"

namespace brute_force {
namespace {

using namespace std::chrono_literals;
using twill::Hold;
using twill::Shared;
using twill::Thread;

/// Answers the number of classes.
std::size_t expect_each_class_once(const Body& body) {
  const Count reduced = search(body, DepthFirst::Reduce::yes);
  expect_each_class_once(reduced, search(body, DepthFirst::Reduce::no));
  return reduced.classes.size();
}

TEST(DepthFirstTest, two_who_do_not_meet_are_one_class) {
  EXPECT_EQ(expect_each_class_once([] {
              Shared<int> x(0, "x"), y(0, "y");
              run({[&] { x = 1; }, [&] { y = 1; }});
            }),
            1u);
}

TEST(DepthFirstTest, reads_do_not_notice_one_another) {
  EXPECT_EQ(expect_each_class_once([] {
              Shared<int> x(0, "x");
              run({[&] { x.get(); }, [&] { x.get(); }});
            }),
            1u);
}

TEST(DepthFirstTest, a_lost_update) {
  EXPECT_EQ(expect_each_class_once([] {
              Shared<int> x(0, "x");
              run({[&] { ++x; }, [&] { ++x; }});
            }),
            4u);  // before, after, and one of two reads between the writes
}

TEST(DepthFirstTest, a_lock_has_two_orders) {
  EXPECT_EQ(expect_each_class_once([] {
              twill::Lock lock;
              Shared<int> x(0, "x");
              const auto add = [&] {
                const Hold hold(lock);
                ++x;
              };
              run({add, add});
            }),
            2u);
}

TEST(DepthFirstTest, three_threads_take_turns_at_a_lock) {
  EXPECT_EQ(expect_each_class_once([] {
              twill::Lock lock;
              const auto take = [&] { const Hold hold(lock); };
              run({take, take, take});
            }),
            6u);
}

TEST(DepthFirstTest, one_writer_and_two_readers) {
  expect_each_class_once([] {
    Shared<int> x(0, "x"), y(0, "y");
    run({[&] { x = 1, y = 1; }, [&] { x.get(), y.get(); }, [&] { x.get(); }});
  });
}

TEST(DepthFirstTest, attempts_see_a_lock_held_or_not) {
  expect_each_class_once([] {
    twill::Lock lock;
    Shared<int> x(0, "x");
    run({[&] {
           const Hold hold(lock);
           x = 1;
         },
         [&] {
           if (lock.try_lock()) lock.unlock();
         }});
  });
}

TEST(DepthFirstTest, a_time_limit_may_be_over_or_not) {
  expect_each_class_once([] {
    twill::Lock lock;
    run({[&] { const Hold hold(lock); },
         [&] {
           if (lock.acquire(1s)) lock.release();
         }});
  });
}

TEST(DepthFirstTest, permits) {
  expect_each_class_once([] {
    twill::Semaphore semaphore(1);
    const auto pass = [&] {
      semaphore.acquire();
      semaphore.release();
    };
    run({pass, pass, [&] { semaphore.release(); }});
  });
}

TEST(DepthFirstTest, waiting_for_a_condition) {
  expect_each_class_once([] {
    twill::Lock lock;
    twill::Condition changed(lock);
    Shared<bool> ready(false, "ready");
    run({[&] {
           const Hold hold(lock);
           while (!ready) changed.wait();
         },
         [&] {
           const Hold hold(lock);
           ready = true;
           changed.notify();
         }});
  });
}

TEST(DepthFirstTest, two_wait_and_one_is_notified_first) {
  expect_each_class_once([] {
    twill::Lock lock;
    twill::Condition changed(lock);
    int tickets = 0;
    const auto take = [&] {
      const Hold hold(lock);
      while (tickets == 0) changed.wait();
      --tickets;
    };
    run({take, take, [&] {
           const Hold hold(lock);
           tickets = 2;
           changed.notify_all();
         }});
  });
}

TEST(DepthFirstTest, a_condition_with_a_limit) {
  expect_each_class_once([] {
    twill::Lock lock;
    twill::Condition changed(lock);
    run({[&] {
           const Hold hold(lock);
           changed.wait(1s);
         },
         [&] {
           const Hold hold(lock);
           changed.notify();
         }});
  });
}

TEST(DepthFirstTest, an_event_is_set_and_cleared) {
  expect_each_class_once([] {
    twill::Event event;
    Shared<int> seen(0, "seen");
    run({[&] { event.wait(); }, [&] { seen = event.is_set(); },
         [&] {
           event.set();
           event.clear();
           event.set();
         }});
  });
}

TEST(DepthFirstTest, readers_and_writers) {
  expect_each_class_once([] {
    twill::RWLock lock;
    Shared<int> x(0, "x");
    const auto read = [&] {
      const std::shared_lock hold(lock);
      x.get();
    };
    run({read, read, [&] {
           const std::lock_guard hold(lock);
           x = 1;
         }});
  });
}

TEST(DepthFirstTest, a_queue_with_one_place) {
  expect_each_class_once([] {
    twill::Queue<int> queue({.maxsize = 1});
    run({[&] { queue.put(1), queue.put(2); }, [&] { queue.put(3); },
         [&] { queue.get(), queue.get(), queue.get(); }});
  });
}

TEST(DepthFirstTest, a_queue_is_asked_and_shut_down) {
  expect_each_class_once([] {
    twill::Queue<int> queue;
    run({[&] {
           queue.put(1);
           queue.shutdown();
         },
         [&] { queue.try_get(); }, [&] { queue.qsize(); }});
  });
}

TEST(DepthFirstTest, a_barrier) {
  expect_each_class_once([] {
    twill::Barrier barrier(2);
    Shared<int> x(0, "x");
    run({[&] {
           x = 1;
           barrier.wait();
         },
         [&] {
           barrier.wait();
           x.get();
         }});
  });
}

TEST(DepthFirstTest, atomics_and_numbers_to_choose) {
  expect_each_class_once([] {
    twill::Atomic<int> x(0, "x");
    run({[&] { x.fetch_add(static_cast<int>(twill::choose(3))); },
         [&] {
           if (x.load() == 2) x = 0;
         }});
  });
}

TEST(DepthFirstTest, sleeps_and_threads_that_start_threads) {
  expect_each_class_once([] {
    Shared<int> x(0, "x");
    run({[&] {
           Thread child([&] { x = 1; });
           child.start();
           child.join();
         },
         [&] {
           twill::sleep(1s);
           x = 2;
         }});
  });
}

}  // namespace
}  // namespace brute_force
