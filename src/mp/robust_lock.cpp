#include "mp/robust_lock.hpp"

#include <optional>
#include <utility>

#include <twill/mp/peer_died.hpp>

#include "mp/wait_edge.hpp"
#include "platform/clock.hpp"
#include "platform/cpu.hpp"

TWILL_BEGIN
namespace mp::detail {

using twill::detail::robust_id;

const twill::detail::Kind lock_kind{"Lock"};
const twill::detail::Kind rlock_kind{"RLock"};

constinit thread_local unsigned owed_wakes = 0;

namespace {

constexpr unsigned kMostOwed = 4;
constexpr std::int64_t kPatience = 5'000'000;  ///< nanoseconds until a waiter complains
constexpr std::uint32_t kKept = 8;             ///< releases, after a complaint
constinit thread_local RobustLock* owed_by = nullptr;
constinit thread_local SharedWord* owed_words[kMostOwed] = {};

void pay_all() noexcept {
  const unsigned count = std::exchange(owed_wakes, 0);
  for (unsigned i = 0; i < count; ++i) twill::detail::shared_wake(*owed_words[i], 1);
}

/// For a thread that ends with the lock: its process lives on, so nobody would hear of it.
struct PaysAtExit {
  ~PaysAtExit() { pay_all(); }
  void touch() const noexcept {}
};
thread_local const PaysAtExit pays_at_exit;

}  // namespace

void RobustLock::wake_later(SharedWord& word) noexcept {
  const bool is_owed = is_mine() && owed_wakes < kMostOwed && (owed_wakes == 0 || owed_by == this);
  if (!is_owed) {
    twill::detail::shared_wake(word, 1);
    return;
  }
  pays_at_exit.touch();
  owed_by = this;
  owed_words[owed_wakes++] = &word;
}

void pay_wakes(RobustLock& lock) noexcept {
  if (owed_by == &lock) pay_all();
}

bool RobustLock::try_take(std::uint32_t word, std::uint32_t desired,
                          std::uint32_t waiters) noexcept {
  waiters |= word & RobustEntry::kWaiters;
  const std::uint32_t died = word & RobustEntry::kOwnerDied;
  if (desired == kAnybody && died == 0)
    return entry.word.compare_exchange_strong(word, kAnybody | waiters, std::memory_order_acquire);
  return twill::detail::robust_take(entry, word, robust_id() | died | waiters);
}

// 1. A lets go and wakes B; the word is 0.  2. D takes it; nothing says that C sleeps as well.
// 3. B leaves, for its time is over.  4. D lets go and wakes nobody: C sleeps for ever. So who was
// woken and leaves puts back what says so, or wakes the next. (Who takes it after a sleep takes it
// with kWaiters; if B is killed instead, C hears that and looks.)
void RobustLock::pass_on() noexcept {
  std::uint32_t word = entry.word.load();
  while ((word & RobustEntry::kOwner) != 0 && (word & RobustEntry::kWaiters) == 0)
    if (entry.word.compare_exchange_weak(word, word | RobustEntry::kWaiters)) return;
  if ((word & RobustEntry::kOwner) == 0 && twill::detail::shared_wake(entry.word, 1) == 0)
    keep_no_more();
}

// 1. A lets go and wakes B.  2. Before B runs, A or D takes the lock again; B sleeps.  And so on: B
// may wait for ever. So who was woken in vain and has waited for long complains, and the next few
// releases leave kWaiters: the fast path finds the lock not free, and who comes to wait lets others
// in first, which sleep in the order in which they came.
void RobustLock::drop_and_keep() noexcept {
  const std::uint32_t kept = RobustEntry::kOwnerDied | count_kept();
  if (twill::detail::robust_drop(entry, kept) == 0) keep_no_more();
}

/// kWaiters if this release is to be kept.
std::uint32_t RobustLock::count_kept() noexcept {
  const std::uint32_t left = to_keep.load(std::memory_order_relaxed);
  if (left == 0) return 0;
  to_keep.store(left - 1, std::memory_order_relaxed);  // a complaint that is lost comes again
  return RobustEntry::kWaiters;
}

/// For nobody was there to be woken. Who has come to sleep meanwhile is.
void RobustLock::keep_no_more() noexcept {
  std::uint32_t kept = RobustEntry::kWaiters;
  if (entry.word.compare_exchange_strong(kept, 0)) twill::detail::shared_wake(entry.word, 1);
}

/// No longer than it takes to wake somebody: whom it is kept for may be killed, or stopped.
void RobustLock::let_others_in() const noexcept {
  constexpr std::int64_t kTurn = 2'000'000;
  const twill::detail::Listened listened{&entry.word, RobustEntry::kWaiters};
  twill::detail::shared_wait(&listened, 1, twill::detail::monotonic_now() + kTurn);
}

/// Before each long sleep: what others tell meanwhile ends it.
void RobustLock::look_for_deadlock(std::optional<WaitEdge>& edge, Block& block,
                                   const Subject& subject) {
  pay_all();  // who was notified has to say that it waits for a lock of this thread's
  if (!edge) edge.emplace(block, *this, subject);
  if (const auto verdict = edge->verdict()) {
    pass_on();
    throw DeadlockError(*verdict);
  }
}

Woken RobustLock::contend(Block& block, std::uint32_t desired, const Subject& subject,
                          const Limits& limits) {
  constexpr int kSpins = 100;
  for (int i = 0; i < kSpins && owner() != 0 && !limits.deadline.is_passed(); ++i)
    twill::detail::cpu_relax();
  SharedWait wait(block, subject, limits, habit);
  std::optional<WaitEdge> edge;
  std::uint32_t waiters = 0;
  std::int64_t patient_until = 0;
  for (;;) {
    if (waiters == 0 && is_kept() && !limits.deadline.is_passed()) {
      let_others_in();
      waiters = RobustEntry::kWaiters;
    }
    std::uint32_t word = entry.word.load(std::memory_order_relaxed);
    if ((word & RobustEntry::kOwner) == 0) {
      if ((word & RobustEntry::kOwnerDied) != 0 && limits.deadline.is_passed())
        return Woken::timeout;  // data that may be torn is not for attempts that cannot say so
      if (try_take(word, desired, waiters)) return Woken::look;
      continue;
    }
    if (limits.deadline.is_passed()) return Woken::timeout;
    if ((word & RobustEntry::kWaiters) == 0 &&
        !entry.word.compare_exchange_strong(word, word | RobustEntry::kWaiters))
      continue;
    if (wait.is_long() && limits.unbounded()) look_for_deadlock(edge, block, subject);
    if (patient_until == 0) patient_until = twill::detail::monotonic_now() + kPatience;
    const Woken woken = wait.sleep(entry.word, word | RobustEntry::kWaiters);
    if (woken != Woken::look) {
      pass_on();
      return woken;
    }
    waiters = RobustEntry::kWaiters;
    if (owner() != 0 && twill::detail::monotonic_now() > patient_until)
      to_keep.store(kKept, std::memory_order_relaxed);
  }
}

bool RobustLock::take_over_at_once() noexcept {
  const std::uint32_t word = entry.word.load(std::memory_order_relaxed);
  return (word & RobustEntry::kOwner) == 0 && try_take(word, robust_id(), 0);
}

bool RobustLock::take_over(Block& block, const Subject& subject, const Limits& limits) {
  return wait_to_take(block, robust_id(), subject, limits);
}

bool RobustLock::wait_to_take(Block& block, std::uint32_t desired, const Subject& subject,
                              const Limits& limits) {
  if (is_mine() && limits.unbounded())
    throw DeadlockError("the thread waits for " + subject.describe() + ", which it holds itself");
  return succeeded(contend(block, desired, subject, limits), subject);
}

bool RobustLock::take(Block& block, std::uint32_t desired, const Subject& subject,
                      const Limits& limits, bool guarded) {
  if (!wait_to_take(block, desired, subject, limits)) return false;
  if (!owner_died()) return true;
  depth.store(1, std::memory_order_relaxed);
  const auto let_go = [guarded](void* lock) {
    auto& self = *static_cast<RobustLock*>(lock);
    if (!guarded || !self.is_mine()) return;
    self.depth.store(0, std::memory_order_relaxed);
    self.drop();
  };
  throw_owner_died(subject, {static_cast<void*>(this), let_go});
}

void RobustLock::throw_owner_died(const Subject& subject, std::shared_ptr<void> guard) {
  throw OwnerDied(
      "the owner of " + subject.describe() + " died while it held it", std::move(guard),
      [](void* lock) noexcept { static_cast<RobustLock*>(lock)->forget_death(); }, this);
}

bool RobustLock::release_acquired() noexcept {
  std::uint32_t word = entry.word.load(std::memory_order_relaxed);
  std::uint32_t keep = 0;
  do {
    if ((word & RobustEntry::kOwner) != kAnybody) return false;
    if (keep == 0) keep = count_kept();
  } while (!entry.word.compare_exchange_weak(word, word & keep, std::memory_order_release,
                                             std::memory_order_relaxed));
  if ((word & RobustEntry::kWaiters) != 0 && twill::detail::shared_wake(entry.word, 1) == 0)
    keep_no_more();
  return true;
}

}  // namespace mp::detail
TWILL_END
