// Paths: one waiter in several queues; a waiter claimed from outside; each outcome against each
// other; hooks round a wait; signals that end a wait and signals that do not.

#include <gtest/gtest.h>

#include <csignal>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/semaphore.hpp>

#include "park/node.hpp"
#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using namespace twill::detail;
using support::Runner;

constexpr Kind kThing{"thing", nullptr};

/// Waits under both keys at once; answers how it ended. Every node is unlinked when it returns.
Outcome await_either(const void* first, const void* second, const Limits& limits = {}) {
  const Subject subject{first, &kThing, nullptr, nullptr};
  Wait wait(self_context(), subject, limits);
  wait.arm();
  Node nodes[2];
  const auto never = [] { return false; };
  enlist(nodes[0], first, wait, never);
  enlist(nodes[1], second, wait, never);
  const Outcome outcome = wait.block(first);
  for (Node& node : nodes) delist(node);
  return outcome;
}

TEST(WaitTest, one_waiter_stands_in_two_queues_and_leaves_both) {
  int keys[2];
  for (const int& key : keys) {
    Runner waiter([&] { EXPECT_EQ(await_either(&keys[0], &keys[1]), Outcome::ready); });
    waiter.until_blocked();
    EXPECT_TRUE(has_waiters(&keys[0]));
    EXPECT_TRUE(has_waiters(&keys[1]));
    EXPECT_EQ(notify(&key, 1), 1u);
    waiter.join();
    EXPECT_FALSE(has_waiters(&keys[0]));
    EXPECT_FALSE(has_waiters(&keys[1]));
  }
}

TEST(WaitTest, of_two_wakers_one_wins) {
  int keys[2];
  for (int i = 0; i < 100; ++i) {
    Runner waiter([&] { await_either(&keys[0], &keys[1]); });
    waiter.until_blocked();
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::thread other([&] { first = notify(&keys[0], 1); });
    second = notify(&keys[1], 1);
    other.join();
    EXPECT_EQ(first + second, 1u);
  }
}

TEST(WaitTest, an_outside_source_may_end_a_wait_once) {
  int key;
  Runner waiter([&] { EXPECT_EQ(await_either(&key, &key + 1), Outcome::ready); });
  waiter.until_blocked();
  Context& context = *context_of(waiter.id());
  const Waiter stale{&context, epoch_of(context.state.load()) - 1};
  EXPECT_FALSE(claim_and_wake(stale, Outcome::ready));
  const Waiter now{&context, epoch_of(context.state.load())};
  EXPECT_TRUE(claim_and_wake(now, Outcome::ready));
  EXPECT_FALSE(claim_and_wake(now, Outcome::timeout));
  waiter.join();
  EXPECT_FALSE(claim_and_wake(now, Outcome::ready));
}

TEST(WaitTest, ready_timeout_and_stop_race_and_one_wins) {
  int key;
  int ready = 0;
  int told = 0;
  for (int i = 0; i < 100; ++i) {
    std::stop_source source;
    const std::stop_token token = source.get_token();
    std::jthread stopper([&] { source.request_stop(); });
    std::jthread waker([&] { told += notify(&key, 1) == 1; });
    const Limits limits{twill::Deadline(std::chrono::microseconds(i)), &token};
    ready += await_either(&key, &key + 1, limits) == Outcome::ready;
    stopper.join();
    waker.join();
  }
  EXPECT_EQ(ready, told);
}

struct Counts {
  int begun = 0;
  int ended = 0;
  std::atomic<int> asked{0};
  bool wants_out = false;

  explicit Counts(bool out = false) : wants_out(out) {}
};

/// Hooks on the calling thread for a scope.
class Hooked {
 public:
  explicit Hooked(Counts& counts) : hooks_{begin, end, ask, &counts} {
    self_context().hooks = &hooks_;
  }
  ~Hooked() { self_context().hooks = nullptr; }

 private:
  static Counts& of(void* data) { return *static_cast<Counts*>(data); }
  static void begin(void* data) noexcept { EXPECT_EQ(of(data).begun++, of(data).ended); }
  static void end(void* data) noexcept { EXPECT_EQ(of(data).begun, ++of(data).ended); }
  static bool ask(void* data) noexcept { return ++of(data).asked, of(data).wants_out; }

  Hooks hooks_;
};

TEST(WaitTest, hooks_run_in_pairs_round_every_wait) {
  Counts counts;
  const Hooked hooked(counts);
  twill::Lock lock;
  twill::Event event;
  twill::Semaphore semaphore(0);
  twill::Condition condition(lock);
  lock.lock();
  EXPECT_EQ(counts.begun, 0);
  EXPECT_FALSE(lock.try_lock_for(1ms));
  EXPECT_FALSE(event.wait(1ms));
  EXPECT_FALSE(semaphore.acquire(1ms));
  EXPECT_EQ(counts.ended, 3);
  EXPECT_FALSE(condition.wait(1ms));
  EXPECT_GE(counts.ended, 4);
  EXPECT_THROW(lock.lock(), twill::DeadlockError);
  EXPECT_EQ(counts.begun, counts.ended);
  lock.unlock();
}

/// Sends SIGUSR1 to `runner`, whose handler does nothing, until `enough`.
template <class Enough>
void bother(Runner& runner, Enough&& enough) {
  struct sigaction without_restart{};
  without_restart.sa_handler = [](int) {};
  sigaction(SIGUSR1, &without_restart, nullptr);
  support::yield_until([&] {
    if (enough()) return true;
    pthread_kill(runner.thread().native_handle(), SIGUSR1);
    return false;
  });
  std::signal(SIGUSR1, SIG_IGN);  // one may still be on its way
}

TEST(WaitTest, TO8_a_handler_that_returns_does_not_shorten_a_wait) {
  twill::Event event;
  const auto begin = std::chrono::steady_clock::now();
  Runner waiter([&] { EXPECT_FALSE(event.wait(1s)); });
  bother(waiter, [&] { return waiter.done(); });
  waiter.join();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 1s);
}

TEST(WaitTest, TO8_a_hook_that_wants_out_ends_the_wait_and_the_lock_is_not_held) {
  twill::Lock lock;
  lock.lock();
  Counts counts(true);
  Runner waiter([&] {
    const Hooked hooked(counts);
    EXPECT_THROW(lock.lock(), twill::InterruptedError);
  });
  waiter.until_blocked();
  bother(waiter, [&] { return waiter.done(); });
  EXPECT_GE(counts.asked, 1);
  EXPECT_EQ(counts.begun, counts.ended);
  EXPECT_TRUE(lock.locked());
  lock.unlock();
  EXPECT_FALSE(lock.locked());
}

TEST(WaitTest, TO8_an_interrupted_condition_holds_its_lock_again) {
  twill::Lock lock;
  twill::Condition condition(lock);
  Counts counts(true);
  std::atomic<bool> interrupted{false};
  Runner waiter([&] {
    const Hooked hooked(counts);
    const std::scoped_lock hold(lock);
    EXPECT_THROW(condition.wait(), twill::InterruptedError);
    interrupted = true;
  });
  waiter.until_blocked();
  lock.lock();
  bother(waiter, [&] { return counts.asked > 0; });
  waiter.until_blocked();
  int more = 0;
  bother(waiter, [&] { return ++more > 20; });  // the way back to the lock cannot be interrupted
  EXPECT_FALSE(interrupted);
  lock.unlock();
}

TEST(WaitTest, a_signal_handler_may_wake_others) {
  static twill::Event event;
  event.clear();
  std::signal(SIGUSR2, [](int) { event.set(); });
  Runner waiter([] { EXPECT_TRUE(event.wait()); });
  waiter.until_blocked();
  raise(SIGUSR2);
  waiter.join();
  std::signal(SIGUSR2, SIG_IGN);
}

}  // namespace
