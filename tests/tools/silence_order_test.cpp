// Right programs that look like wrong ones, and stay silent: what is handed over from thread to
// thread without a lock round it.

#include <array>

#include <twill/sync/barrier.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/semaphore.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::Atomic;
using twill::check;
using twill::Hold;
using twill::Lock;
using twill::Shared;
using twill::Thread;

TEST(SilentOrderTest, by_a_flag) {
  expect_proof([] {
    Atomic ready(false, "ready");
    Shared data(0, "data");
    run({[&] { data = 1, ready = true; },
         [&] {
           if (ready) check(data == 1);
         }});
  });
}

TEST(SilentOrderTest, by_a_flag_that_one_spins_on) {
  expect_proof([] {
    Atomic ready(false, "ready");
    Shared data(0, "data");
    run({[&] { data = 1, ready = true; },
         [&] {
           while (!ready) {
           }
           check(data == 1);
         }});
  });
}

TEST(SilentOrderTest, by_who_comes_first) {
  expect_proof([] {
    Atomic taken(false, "taken");
    Shared prize(0, "prize");
    const auto race = [&] {
      bool expected = false;
      if (taken.compare_exchange(expected, true)) ++prize;
    };
    run({race, race, race});
    check(prize == 1);
  });
}

// Each leaves its part; the last to come adds them up.
TEST(SilentOrderTest, by_who_comes_last) {
  expect_proof([] {
    std::array<Shared<int>, 3> parts;
    Atomic left(3, "left");
    int sum = 0;
    std::vector<Body> workers;
    for (auto& part : parts)
      workers.emplace_back([&] {
        part = 1;
        if (--left == 0)
          for (auto& each : parts) sum += each;
      });
    run(workers);
    check(sum == 3);
  });
}

TEST(SilentOrderTest, by_an_event_that_many_wait_for) {
  expect_proof([] {
    twill::Event ready;
    Shared data(0, "data");
    const auto read = [&] {
      ready.wait();
      check(data == 1);
    };
    run({read, read, [&] { data = 1, ready.set(); }});
  });
}

TEST(SilentOrderTest, by_two_conditions_on_one_lock) {
  expect_proof([] {
    Lock lock;
    twill::Condition filled(lock);
    twill::Condition emptied(lock);
    Shared place(0, "place");
    run({[&] {
           for (int i = 1; i <= 2; ++i) {
             const Hold hold(lock);
             while (place != 0) emptied.wait();
             place = i;
             filled.notify();
           }
         },
         [&] {
           for (int i = 1; i <= 2; ++i) {
             const Hold hold(lock);
             while (place == 0) filled.wait();
             check(place == i);
             place = 0;
             emptied.notify();
           }
         }});
  });
}

TEST(SilentOrderTest, by_permits_there_and_back) {
  expect_proof([] {
    twill::Semaphore there(0);
    twill::Semaphore back(0);
    Shared ball(0, "ball");
    run({[&] {
           for (int i = 0; i < 2; ++i) {
             ball = 1;
             there.release();
             back.acquire();
             check(ball == 2);
           }
         },
         [&] {
           for (int i = 0; i < 2; ++i) {
             there.acquire();
             check(ball == 1);
             ball = 2;
             back.release();
           }
         }});
  });
}

TEST(SilentOrderTest, by_a_barrier_again_and_again) {
  expect_silence(
      [] {
        twill::Barrier both(2);
        std::array<Shared<int>, 2> halves;
        const auto work = [&](std::size_t me) {
          for (int round = 1; round <= 2; ++round) {
            halves.at(me) = round;
            both.wait();
            check(halves.at(1 - me) == round);
            both.wait();
          }
        };
        run({[&] { work(0); }, [&] { work(1); }});
      },
      {.runs = 4'000});
}

TEST(SilentOrderTest, by_what_a_barrier_does_for_all) {
  expect_silence(
      [] {
        std::array<Shared<int>, 2> parts;
        Shared sum(0, "sum");
        twill::Barrier both(2, {.action = [&] { sum = parts[0] + parts[1]; }});
        const auto work = [&](std::size_t me) {
          parts.at(me) = 1;
          both.wait();
          check(sum == 2);
        };
        run({[&] { work(0); }, [&] { work(1); }});
      },
      {.runs = 4'000});
}

TEST(SilentOrderTest, by_start_and_join_through_generations) {
  expect_proof([] {
    Shared value(1, "value");
    Thread parent([&] {
      check(value == 1);
      value = 2;
      Thread child([&] {
        check(value == 2);
        value = 3;
      });
      child.start();
      child.join();
      check(value == 3);
      value = 4;
    });
    parent.start();
    parent.join();
    check(value == 4);
  });
}

TEST(SilentOrderTest, by_one_thread_that_two_join) {
  expect_proof([] {
    Shared value(0, "value");
    Thread worker([&] { value = 1; });
    worker.start();
    run({[&] {
           worker.join();
           check(value == 1);
         },
         [&] {
           worker.join();
           check(value == 1);
         }});
  });
}

// From the first to the third by way of the second, who touches nothing of it.
TEST(SilentOrderTest, by_a_chain_of_different_things) {
  expect_proof([] {
    Atomic written(false, "written");
    twill::Event passed_on;
    Shared data(0, "data");
    run({[&] { data = 1, written = true; },
         [&] {
           while (!written) {
           }
           passed_on.set();
         },
         [&] {
           passed_on.wait();
           check(data == 1);
         }});
  });
}

TEST(SilentOrderTest, what_is_only_read_needs_no_order) {
  expect_proof([] {
    Shared settings(42, "settings");
    const auto read = [&] { check(settings == 42); };
    run({read, read, read, read});
  });
}
TEST(SilentOrderTest, the_end_of_a_handle_joins) {
  expect_proof([] {
    Shared value(0, "value");
    {
      Thread thread([&] { value = 1; });
      thread.start();
    }
    check(value == 1);
  });
}

}  // namespace
}  // namespace patterns
