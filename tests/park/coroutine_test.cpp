// A coroutine waits in the door beside threads: for a lock, for a notify; woken by a thread onto
// its run queue, ended by stop and time from outside, part of a deadlock.

#include <gtest/gtest.h>

#include <coroutine>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "park/contention.hpp"
#include "support/runner.hpp"

namespace {

using namespace twill::detail;
using support::Runner;

/// Where coroutines go on that were woken; drained by the test's thread.
class RunQueue {
 public:
  void push(std::coroutine_handle<> handle) {
    const std::scoped_lock hold(mutex_);
    handles_.push_back(handle);
  }
  bool run_one() {
    std::coroutine_handle<> next;
    {
      const std::scoped_lock hold(mutex_);
      if (handles_.empty()) return false;
      next = handles_.front();
      handles_.pop_front();
    }
    next.resume();
    return true;
  }

 private:
  std::mutex mutex_;
  std::deque<std::coroutine_handle<>> handles_;
};

RunQueue run_queue;

/// A coroutine with a context of its own, which is the current one while it runs.
struct Fiber {
  Context* context;
  std::coroutine_handle<> handle = {};
  std::uint32_t outside = 0;  ///< who ran before it was resumed

  void enter() { outside = std::exchange(self_id, context->id.load()); }
  void leave() { self_id = outside; }
};

std::unordered_map<Context*, Fiber*> fibers;  // filled before any thread runs

const ContextKind fiber_kind{
    nullptr, [](Context& target) noexcept { run_queue.push(fibers.at(&target)->handle); }};

struct Job {
  struct promise_type {
    Job get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

/// Suspends until the wait is claimed.
struct Suspension {
  Fiber& fiber;
  Wait& wait;
  const void* key;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> handle) {
    fiber.handle = handle;
    Fiber& mine = fiber;
    if (!wait.suspend(key)) return false;  // claimed already: goes on at once
    mine.leave();                          // `this` may be gone: a waker may have resumed us
    return true;
  }
  Outcome await_resume() {
    if (self_id != fiber.context->id.load()) fiber.enter();
    return wait.conclude();
  }
};

/// A word that is taken by an id, as Lock's is, so that the test sees both sides.
struct Turnstile {
  std::atomic<std::uint32_t> owner{0};

  bool take(std::uint32_t id) {
    std::uint32_t free = 0;
    return owner.compare_exchange_strong(free, id);
  }
  void let_go() {
    owner.store(0);
    offer(this);
  }
  static void owners(const void* object, Owners& out) {
    const std::uint32_t id = static_cast<const Turnstile*>(object)->owner.load();
    if (id != 0) out.add(out, id, nullptr, true);
  }
};

const Kind kTurnstile{"Turnstile", Turnstile::owners};

Job take_by_coroutine(Fiber& fiber, Turnstile& turnstile, const Limits& limits, Outcome& result,
                      bool& over) {
  fiber.enter();
  const std::uint32_t id = fiber.context->id.load();
  const Subject subject{&turnstile, &kTurnstile, nullptr, nullptr};
  std::pair how{[&turnstile, id] { return turnstile.take(id); },
                [&turnstile] { return turnstile.owner.load() == 0; }};
  const Claim claim = claim_by(how);
  Contention contention(&turnstile, *fiber.context, subject, claim, limits);
  if (!contention.enlist())
    while (!contention.resume(co_await Suspension{fiber, contention.wait(), &turnstile})) {
    }
  result = contention.outcome();
  over = true;
  fiber.leave();
}

class CoroutineTest : public testing::Test {
 protected:
  CoroutineTest() : fiber_{&make_context(fiber_kind)} { fibers[fiber_.context] = &fiber_; }
  ~CoroutineTest() override {
    fibers.erase(fiber_.context);
    free_context(*fiber_.context);
  }
  void drain() {
    support::yield_until([&] {
      while (run_queue.run_one()) {
      }
      return over_;
    });
  }

  Fiber fiber_;
  Turnstile turnstile_;
  Limits limits_;
  Outcome result_ = Outcome::timeout;
  bool over_ = false;
};

TEST_F(CoroutineTest, takes_at_once_what_is_free) {
  take_by_coroutine(fiber_, turnstile_, limits_, result_, over_);
  EXPECT_TRUE(over_);
  EXPECT_EQ(result_, Outcome::ready);
  EXPECT_EQ(turnstile_.owner, fiber_.context->id);
}

TEST_F(CoroutineTest, waits_for_a_lock_that_a_thread_holds) {
  turnstile_.take(self());
  take_by_coroutine(fiber_, turnstile_, limits_, result_, over_);
  EXPECT_FALSE(over_);
  EXPECT_NE(self_id, fiber_.context->id.load());
  EXPECT_TRUE(support::is_blocked(fiber_.context->id));
  std::jthread releaser([&] { turnstile_.let_go(); });
  drain();
  EXPECT_EQ(result_, Outcome::ready);
  EXPECT_EQ(turnstile_.owner, fiber_.context->id);
}

TEST_F(CoroutineTest, waits_in_one_line_with_threads) {
  turnstile_.take(self());
  take_by_coroutine(fiber_, turnstile_, limits_, result_, over_);
  Runner behind([&] {
    const Subject subject{&turnstile_, &kTurnstile, nullptr, nullptr};
    std::pair how{[&, id = self()] { return turnstile_.take(id); },
                  [&] { return turnstile_.owner.load() == 0; }};
    EXPECT_EQ(contend(&turnstile_, subject, claim_by(how), {}), Outcome::ready);
    turnstile_.let_go();
  });
  behind.until_blocked();
  turnstile_.let_go();
  drain();
  EXPECT_FALSE(behind.done());  // the coroutine came first
  turnstile_.let_go();
}

TEST_F(CoroutineTest, an_outside_source_ends_its_wait) {
  turnstile_.take(self());
  for (const Outcome outcome : {Outcome::timeout, Outcome::stopped}) {
    over_ = false;
    take_by_coroutine(fiber_, turnstile_, limits_, result_, over_);
    const Waiter waiter{fiber_.context, epoch_of(fiber_.context->state.load())};
    EXPECT_TRUE(claim_and_wake(waiter, outcome));
    drain();
    EXPECT_EQ(result_, outcome);
    EXPECT_FALSE(has_waiters(&turnstile_));
  }
}

TEST_F(CoroutineTest, is_found_in_a_deadlock_with_a_thread) {
  Turnstile of_coroutine;
  of_coroutine.take(fiber_.context->id);
  Runner thread([&] {
    turnstile_.take(self());
    const Subject subject{&of_coroutine, &kTurnstile, nullptr, nullptr};
    std::pair how{[&, id = self()] { return of_coroutine.take(id); },
                  [&] { return of_coroutine.owner.load() == 0; }};
    EXPECT_EQ(contend(&of_coroutine, subject, claim_by(how), {}), Outcome::ready);
    of_coroutine.let_go();
    turnstile_.let_go();
  });
  thread.until_blocked();
  take_by_coroutine(fiber_, turnstile_, limits_, result_, over_);
  EXPECT_TRUE(over_);
  EXPECT_EQ(result_, Outcome::interrupted);
  EXPECT_NE(fiber_.context->verdict.load(), nullptr);
  delete fiber_.context->verdict.exchange(nullptr);
  of_coroutine.let_go();
}

Job await_notify(Fiber& fiber, const int& key, Outcome& result, bool& over) {
  static constexpr Kind kKind{"thing", nullptr};
  fiber.enter();
  const Subject subject{&key, &kKind, nullptr, nullptr};
  const Limits limits;
  Wait wait(*fiber.context, subject, limits);
  wait.arm();
  Node node;
  enlist(node, &key, wait, [] { return false; });
  result = co_await Suspension{fiber, wait, &key};
  delist(node);
  over = true;
  fiber.leave();
}

TEST_F(CoroutineTest, is_notified_by_a_thread) {
  for (int i = 0; i < 50; ++i) {
    over_ = false;
    const int key = 0;
    std::jthread notifier([&] { support::yield_until([&] { return notify(&key, 1) == 1; }); });
    await_notify(fiber_, key, result_, over_);
    drain();
    EXPECT_EQ(result_, Outcome::ready);
  }
}

}  // namespace
