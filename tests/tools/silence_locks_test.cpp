// Right programs that look like wrong ones, and stay silent: locks.

#include <array>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include <twill/sync/acquire_all.hpp>
#include <twill/sync/bounded_semaphore.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/guarded.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using namespace std::chrono_literals;
using twill::check;
using twill::Hold;
using twill::Lock;
using twill::Shared;
using twill::Thread;

void take_both(Lock& first, Lock& second) {
  const Hold one(first);
  const Hold two(second);
}

TEST(SilentLocksTest, crosswise_behind_a_gate) {
  expect_proof([] {
    Lock gate;
    Lock a;
    Lock b;
    const auto enter = [&](Lock& first, Lock& second) {
      const Hold one_at_a_time(gate);
      take_both(first, second);
    };
    run({[&] { enter(a, b); }, [&] { enter(b, a); }});
  });
}

TEST(SilentLocksTest, crosswise_by_one_thread) {
  expect_proof([] {
    Lock a;
    Lock b;
    run({[&] {
           take_both(a, b);
           take_both(b, a);
         },
         [&] { const Hold one(a); }, [&] { const Hold other(b); }});
  });
}

TEST(SilentLocksTest, crosswise_one_after_the_other) {
  expect_proof([] {
    Lock a;
    Lock b;
    Thread first([&] { take_both(a, b); });
    first.start();
    first.join();
    Thread second([&] { take_both(b, a); });
    second.start();
    second.join();
  });
}

TEST(SilentLocksTest, three_pairs_of_four_locks_make_no_ring) {
  expect_proof([] {
    std::array<Lock, 4> locks;
    run({[&] { take_both(locks[0], locks[1]); }, [&] { take_both(locks[1], locks[2]); },
         [&] { take_both(locks[2], locks[3]); }});
  });
}

TEST(SilentLocksTest, crosswise_and_back_off) {
  expect_proof([] {
    Lock a;
    Lock b;
    const auto try_both = [](Lock& first, Lock& second) {
      for (int tries = 0; tries < 2; ++tries) {
        const std::unique_lock one(first);
        const std::unique_lock two(second, std::try_to_lock);
        if (two) return;
      }
    };
    run({[&] { try_both(a, b); }, [&] { try_both(b, a); }});
  });
}

TEST(SilentLocksTest, crosswise_by_acquire_all) {
  expect_silence(
      [] {
        Lock a;
        Lock b;
        Shared both(0, "both");
        const auto count = [&](Lock& first, Lock& second) {
          const auto hold = twill::acquire_all(first, second);
          ++both;
        };
        run({[&] { count(a, b); }, [&] { count(b, a); }});
        check(both == 2);
      },
      {.runs = 500});
}

// Each goes from lock to lock, and takes the next before it lets go of the last.
TEST(SilentLocksTest, hand_over_hand) {
  expect_proof([] {
    struct Node {
      Lock lock;
      Shared<int> visitors{0, "visitors"};
    };
    std::array<Node, 3> list;
    const auto walk = [&] {
      std::unique_lock<Lock> last;
      for (Node& node : list) {
        std::unique_lock hold(node.lock);
        ++node.visitors;
        last = std::move(hold);
      }
    };
    run({walk, walk});
    for (Node& node : list) check(node.visitors == 2);
  });
}

TEST(SilentLocksTest, readers_together_and_a_writer_alone) {
  expect_proof([] {
    twill::RWLock table;
    Shared value(1, "value");
    const auto read = [&] {
      const std::shared_lock reading(table);
      check(value == 1 || value == 2);
      check(value == 1 || value == 2);
    };
    run({read, read, [&] {
           const Hold writing(table);
           value = 2;
         }});
    check(value == 2);
  });
}

TEST(SilentLocksTest, once_more_by_its_owner) {
  expect_proof([] {
    twill::RLock lock;
    twill::Condition changed(lock);
    int things = 0;
    const auto locked = [&](auto action) {
      const std::unique_lock outer(lock);
      const std::unique_lock inner(lock);
      action();
    };
    run({[&] {
           locked([&] {
             while (things == 0) changed.wait();  // lets go of both
             --things;
           });
         },
         [&] { locked([&] { ++things, changed.notify(); }); }});
    check(things == 0);
  });
}

TEST(SilentLocksTest, data_and_its_lock_in_one) {
  expect_proof([] {
    twill::Guarded<int> sum(0);
    const auto add = [&] { ++*sum.lock(); };
    run({add, add, [&] { sum.with([](int& value) { value += 2; }); }});
    check(*sum.lock() == 4);
  });
}

TEST(SilentLocksTest, without_a_lock_that_is_not_to_be_had_in_time) {
  expect_proof([] {
    Lock lock;
    int with = 0;
    twill::Atomic without(0, "without");
    const auto count = [&] {
      const std::unique_lock hold(lock, 1s);
      if (hold)
        ++with;
      else
        ++without;
    };
    run({count, count});
    check(with + without == 2);
    check(with >= 1);
  });
}

TEST(SilentLocksTest, taken_by_one_and_released_by_another) {
  expect_proof([] {
    Lock door;
    Shared letter(0, "letter");
    door.acquire();
    Thread writer([&] {
      letter = 1;
      door.release();
    });
    writer.start();
    door.acquire();
    check(letter == 1);
    door.release();
    writer.join();
  });
}

TEST(SilentLocksTest, two_permits_for_three) {
  expect_proof([] {
    twill::BoundedSemaphore permits(2);
    twill::Atomic inside(0, "inside");
    const auto visit = [&] {
      const Hold permit(permits);
      check(++inside <= 2);
      --inside;
    };
    run({visit, visit, visit});
  });
}

TEST(SilentLocksTest, an_exception_lets_go) {
  expect_proof([] {
    Lock lock;
    Shared value(0, "value");
    const auto fail = [&] {
      try {
        const Hold hold(lock);
        ++value;
        throw 1;
      } catch (int) {
      }
    };
    run({fail, fail});
    check(value == 2);
  });
}

}  // namespace
}  // namespace patterns
