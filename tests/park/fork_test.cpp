// Paths: a fork while other threads hold each kind of lock, wait, and hammer; a fork by a thread
// that is not the main one; what the child can use.

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

#include "park/node.hpp"
#include "park/report.hpp"
#include "support/child.hpp"
#include "support/misuse.hpp"
#include "support/runner.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using support::run_in_child;
using support::Runner;

/// In a child: aborts it with the line if `condition` does not hold (gtest's own macros would only
/// print there).
#define DEMAND(condition) \
  if (!(condition)) return dprintf(STDERR_FILENO, "line %d: " #condition "\n", __LINE__), 1

template <class E, class F>
bool throws(F&& f) {
  try {
    f();
  } catch (const E&) {
    return true;
  }
  return false;
}

/// A thread that runs `take`, stays until the end of the scope, then runs `let_go`.
class Holder {
 public:
  template <class Take, class LetGo>
  Holder(Take take, LetGo let_go)
      : runner_([=, this] {
          take();
          taken_ = true;
          support::yield_until([this] { return over_.load(); });
          let_go();
        }) {
    support::yield_until([this] { return taken_.load(); });
  }
  ~Holder() { over_ = true; }

 private:
  std::atomic<bool> taken_{false};
  std::atomic<bool> over_{false};
  Runner runner_;
};

TEST(ForkTest, locks_of_vanished_threads_throw_owner_vanished) {
  twill::Lock lock({.name = "ledger"});
  twill::RLock rlock;
  twill::RWLock written;
  twill::RWLock read;
  const Holder holder(
      [&] {
        lock.lock();
        rlock.lock();
        written.lock();
        read.lock_shared();
      },
      [&] {
        lock.unlock();
        rlock.unlock();
        written.unlock();
        read.unlock_shared();
      });
  const auto result = run_in_child([&] {
    DEMAND(!lock.try_lock());
    DEMAND(!rlock.try_lock());
    DEMAND(!written.try_lock() && !written.try_lock_shared());
    DEMAND(!read.try_lock());
    DEMAND(throws<twill::OwnerVanished>([&] { lock.lock(); }));
    DEMAND(throws<twill::OwnerVanished>([&] { rlock.lock(); }));
    DEMAND(throws<twill::OwnerVanished>([&] { written.lock(); }));
    DEMAND(throws<twill::OwnerVanished>([&] { written.lock_shared(); }));
    DEMAND(throws<twill::OwnerVanished>([&] { read.lock(); }));
    DEMAND(read.try_lock_shared());
    read.unlock_shared();
    return 0;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
}

TEST(ForkTest, what_the_forking_thread_holds_it_holds_in_the_child) {
  twill::Lock lock;
  twill::RWLock table;
  lock.lock();
  table.lock_shared();
  const auto result = run_in_child([&] {
    lock.unlock();
    table.unlock_shared();
    DEMAND(lock.try_lock() && table.try_lock());
    return 0;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
  lock.unlock();
  table.unlock_shared();
}

TEST(ForkTest, waiters_stay_behind) {
  twill::Lock lock;
  twill::Condition condition(lock);
  twill::Event event;
  twill::Semaphore semaphore(0);
  Runner first([&] {
    const std::scoped_lock hold(lock);
    condition.wait();
  });
  Runner second([&] { event.wait(); });
  Runner third([&] { semaphore.acquire(); });
  for (auto* runner : {&first, &second, &third}) runner->until_blocked();
  const auto result = run_in_child([&] {
    DEMAND(!twill::detail::has_waiters(&event));
    lock.lock();
    condition.notify_all();
    DEMAND(!condition.wait(1ms));
    lock.unlock();
    event.set();
    semaphore.release();
    DEMAND(semaphore.value() == 1);
    return 0;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
  lock.lock();
  condition.notify();
  lock.unlock();
  event.set();
  semaphore.release();
}

TEST(ForkTest, the_child_may_destroy_what_vanished_threads_used) {
  auto lock = std::make_unique<twill::Lock>();
  auto rlock = std::make_unique<twill::RLock>();
  auto condition = std::make_unique<twill::Condition>();
  const Holder holder([&] { lock->lock(), rlock->lock(); },
                      [&] { lock->unlock(), rlock->unlock(); });
  Runner waiter([&] {
    const std::scoped_lock hold(*condition);
    condition->wait();
  });
  waiter.until_blocked();
  const auto result = run_in_child([&] {
    lock.reset();
    rlock.reset();
    condition.reset();
    return 0;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
  const std::scoped_lock hold(*condition);
  condition->notify();
}

TEST(ForkTest, a_writer_that_waited_in_the_parent_does_not_keep_readers_out_of_the_child) {
  twill::RWLock table;
  table.lock_shared();
  Runner writer([&] { const std::scoped_lock writing(table); });
  writer.until_blocked();
  const auto result = run_in_child([&] {
    table.unlock_shared();
    DEMAND(table.try_lock());
    table.unlock();
    table.lock_shared();
    table.unlock_shared();
    DEMAND(table.try_lock_shared());
    table.unlock_shared();
    return 0;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
  table.unlock_shared();
}

/// Uses everything, with threads.
int use_everything() {
  if (!support::kThreadsAfterFork) return 0;
  twill::Lock lock;
  twill::Condition condition(lock);
  twill::Event event;
  twill::Semaphore semaphore(0);
  twill::RWLock table;
  twill::Barrier barrier(2);
  bool ready = false;
  std::thread other([&] {
    {
      const std::scoped_lock hold(lock);
      ready = true;
      condition.notify();
    }
    event.wait();
    semaphore.release();
    const std::scoped_lock writing(table);
    barrier.wait();
  });
  {
    const std::scoped_lock hold(lock);
    condition.wait_for([&] { return ready; });
  }
  event.set();
  semaphore.acquire();
  barrier.wait();
  other.join();
  DEMAND(!event.wait(0s) == false);
  DEMAND(twill::detail::name_of(twill::detail::self()) == "MainThread");
  DEMAND(throws<twill::DeadlockError>([&] {
    lock.lock();
    lock.lock();
  }));
  lock.unlock();
  return 0;
}

TEST(ForkTest, the_child_can_use_everything) {
  const auto result = run_in_child(use_everything);
  EXPECT_EQ(result.exit_code, 0) << result.text;
}

TEST(ForkTest, a_thread_that_forks_is_the_main_thread_of_the_child) {
  Runner forker([] {
    const auto result = run_in_child(use_everything);
    EXPECT_EQ(result.exit_code, 0) << result.text;
  });
}

TEST(ForkTest, a_thread_unknown_to_twill_may_fork) {
  std::thread([] {
    const auto result = run_in_child([] {
      twill::Event never;
      DEMAND(!never.wait(1ms));
      return use_everything();
    });
    EXPECT_EQ(result.exit_code, 0) << result.text;
  }).join();
}

TEST(ForkTest, a_child_of_a_busy_process_is_in_order) {
  twill::Lock lock;
  twill::Semaphore semaphore(2);
  std::atomic<bool> over{false};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      twill::Lock mine;
      while (!over) {
        {
          const std::scoped_lock hold(lock);
        }
        semaphore.acquire();
        semaphore.release();
        try {  // keeps the reports and names busy
          const std::scoped_lock hold(mine);
          mine.lock();
        } catch (const twill::DeadlockError&) {
        }
      }
    });
  for (int i = 0; i < 20; ++i) {
    const auto result = run_in_child(use_everything);
    EXPECT_EQ(result.exit_code, 0) << result.text;
  }
  over = true;
}

TEST(ForkTest, a_virtual_clock_goes_on_in_the_child) {
  const twill::VirtualClock clock;
  const auto result = run_in_child([] {
    const auto now = twill::now();
    twill::sleep(100h);
    DEMAND(twill::now() - now == 100h);
    return 0;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
}

}  // namespace
