// Paths: a hundred threads parked in each primitive cost nothing; nobody starves however busy a
// lock is; one processor is enough.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include <twill/sync/barrier.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

#include "support/idle.hpp"
#include "support/misuse.hpp"
#include "support/one_processor.hpp"
#include "support/runner.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

/// Parks `count` threads in `wait`, and demands that they use no processor there.
void expect_idle(int count, const std::function<void()>& wait, const std::function<void()>& end) {
  std::vector<std::unique_ptr<Runner>> runners;
  for (int i = 0; i < count; ++i) runners.push_back(std::make_unique<Runner>(wait));
  for (auto& runner : runners) runner->until_blocked();
  EXPECT_TRUE(support::comes_to_rest());
  end();
}

TEST(IdleTest, P17_parked_threads_use_no_processor) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "its own thread ticks";
  constexpr int kThreads = 100;
  twill::Lock lock;
  lock.lock();
  expect_idle(kThreads, [&] { const std::scoped_lock hold(lock); }, [&] { lock.unlock(); });
  twill::RLock rlock;
  rlock.lock();
  expect_idle(kThreads, [&] { const std::scoped_lock hold(rlock); }, [&] { rlock.unlock(); });
  twill::Event event;
  expect_idle(kThreads, [&] { event.wait(); }, [&] { event.set(); });
  twill::Semaphore semaphore(0);
  expect_idle(kThreads, [&] { semaphore.acquire(1h); }, [&] { semaphore.release(kThreads); });
  twill::RWLock table;
  table.lock();
  expect_idle(kThreads, [&] { const std::shared_lock reading(table); }, [&] { table.unlock(); });
  twill::Barrier barrier(kThreads + 1);
  expect_idle(kThreads, [&] { barrier.wait(); }, [&] { barrier.wait(); });
  twill::Condition condition;
  expect_idle(
      kThreads,
      [&] {
        const std::scoped_lock hold(condition);
        condition.wait();
      },
      [&] {
        const std::scoped_lock hold(condition);
        condition.notify_all();
      });
}

/// Threads that take `lock` over and over, until each of them had its turns: nobody stops before.
template <class L>
void everybody_gets_turns(L& lock, int threads) {
  constexpr long kTurns = support::kThreadSanitizer ? 100 : 1000;
  std::atomic<int> satisfied{0};
  std::vector<std::jthread> runners;
  for (int i = 0; i < threads; ++i)
    runners.emplace_back([&] {
      for (long turns = 0; satisfied < threads; ++turns) {
        const std::scoped_lock hold(lock);
        if (turns == kTurns) ++satisfied;
      }
    });
}

// How long it takes is for the benchmarks to say.
TEST(FairnessTest, P14_nobody_starves) {
  twill::Lock lock;
  everybody_gets_turns(lock, 4);
  twill::RLock rlock;
  everybody_gets_turns(rlock, 4);
  twill::RWLock table;
  everybody_gets_turns(table, 4);
  twill::Semaphore semaphore(1);
  everybody_gets_turns(semaphore, 4);
}

TEST(FairnessTest, one_processor_is_enough) {
  const support::OneProcessor all_share;
  twill::Lock lock;
  everybody_gets_turns(lock, 3);
  twill::Event ping;
  twill::Event pong;
  {
    std::jthread other([&] {
      for (int i = 0; i < 500; ++i) ping.wait(), ping.clear(), pong.set();
    });
    for (int i = 0; i < 500; ++i) ping.set(), pong.wait(), pong.clear();
  }
}

}  // namespace
