// They wait for each other, and not for locks alone: each wrong program is found, and its cure is
// proved.

#include <mutex>

#include <twill/queue/queue.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::Finding;
using twill::Hold;
using twill::Lock;
using twill::Thread;

TEST(WaitsTest, who_joins_holds_what_the_other_needs) {
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
  expect_cure(Finding::deadlock, join);
}

TEST(WaitsTest, who_waits_for_room_holds_what_the_getter_needs) {
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
  expect_cure(Finding::deadlock, fill);
}

TEST(WaitsTest, who_waits_for_an_item_holds_what_the_putter_needs) {
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
  expect_cure(Finding::deadlock, drain);
}

TEST(WaitsTest, two_fill_each_others_queue) {
  const auto exchange = [](bool right) {
    twill::Queue<int> there({.maxsize = 1});
    twill::Queue<int> back({.maxsize = right ? 2 : 1});
    const auto talk = [](auto& out, auto& in) {
      out.put(1), out.put(2);
      in.get(), in.get();
    };
    run({[&] { talk(there, back); }, [&] { talk(back, there); }});
  };
  expect_cure(Finding::deadlock, exchange);
}

TEST(WaitsTest, an_item_that_is_never_done) {
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
  expect_cure(Finding::deadlock, work);
}

TEST(WaitsTest, one_of_a_barrier_goes_early) {
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
  expect_cure(Finding::deadlock, meet);
}

}  // namespace
}  // namespace patterns
