#include <twill/queue/gate.hpp>

#include <algorithm>
#include <iterator>
#include <new>

#include <twill/platform/error.hpp>

#include "park/context.hpp"
#include "park/spin.hpp"
#include "park/word_lock.hpp"
#include "platform/at_fork.hpp"
#include "platform/futex.hpp"
#include "platform/membarrier.hpp"
#include "platform/ticks.hpp"

TWILL_BEGIN
namespace detail {

namespace {

constexpr std::uint32_t kMostNeeded = 1u << 20;
constexpr std::uint32_t kWorth = 4;  ///< how many revocations long a bias must last to be worth it

constexpr std::size_t kTableBits = 6;
atomic<std::uint32_t> sleepers[std::size_t{1} << kTableBits];

/// How many threads sleep before the gates with this hash.
atomic<std::uint32_t>& sleepers_at(const void* gate) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(gate);
  return sleepers[(address * 0x9E3779B97F4A7C15u) >> (64 - kTableBits)];
}

constinit WordLock registry_lock;
Passage* registry[256]{};

[[gnu::constructor(102)]] void register_fork_handler() noexcept {
  at_fork(nullptr, nullptr, [] {
    registry_lock.reset();
    for (auto& asleep : sleepers) asleep.store(0, relaxed);
  });
}

/// The passage of a context that is alive. A gate that is still biased to an ended context knows
/// the old id, which nobody has any more, so its passage can serve another.
Passage* passage_of(std::uint32_t id) noexcept {
  const WordLock::Guard guard(registry_lock);
  Passage*& first = registry[id % std::size(registry)];
  Passage* idle = nullptr;
  for (Passage* passage = first; passage != nullptr; passage = passage->next) {
    if (passage->owner.load(relaxed) == id) return passage;
    const bool inside = passage->gate.load(relaxed) != 0;  // for ever, if a fork left it there
    if (!inside && !is_alive(passage->owner.load(relaxed))) idle = passage;
  }
  if (idle == nullptr) {
    idle = new (std::nothrow) Passage;
    if (idle == nullptr) return nullptr;
    idle->next = first;
    first = idle;
  }
  idle->owner.store(id, relaxed);
  return idle;
}

/// In units of some ten nanoseconds, over and over again each minute or so.
std::uint32_t moment() noexcept { return static_cast<std::uint32_t>(ticks() >> 6); }

void refuse_if_vanished(std::uint32_t inside) noexcept {
  if (has_vanished(inside))
    die("a queue cannot be used after the fork: another thread was in the middle of put() or "
        "get()");
}

/// Looks again each millisecond: two gates may agree in the half of the address that futexes see.
void wait_while(const atomic<std::uint64_t>& word, std::uint64_t value) noexcept {
  constexpr int kRounds = 40;
  for (int round = 0; spinning_can_help() && round < kRounds; ++round) {
    if (word.load(acquire) != value) return;
    cpu_relax();
  }
  while (word.load(acquire) == value) futex_wait(word, value, monotonic_now() + 1'000'000);
}

}  // namespace

void Gate::enter_by_word() noexcept {
  std::uint32_t free = 0;
  if (!word_.compare_exchange_strong(free, self(), acquire, relaxed)) await_word();
  if (bias_.load(relaxed) != nullptr) revoke();
  if (last_ != self_id) {
    last_ = self_id;
    streak_ = 0;
  } else if (++streak_ == needed_) {
    bias_to_caller();
  }
}

void Gate::leave_by_word() noexcept {
  atomic<std::uint32_t>& asleep = sleepers_at(this);
  if (asymmetric_barriers) {
    word_.store(0, release);
    std::atomic_signal_fence(seq_cst);
    if (asleep.load(relaxed) != 0) futex_wake(word_);
  } else {
    word_.exchange(0, seq_cst);
    if (asleep.load(seq_cst) != 0) futex_wake(word_);
  }
}

/// Whoever leaves stores the word, then looks for sleepers; a sleeper counts itself, then looks at
/// the word. The barrier orders the one who leaves, as with a bucket's bell.
void Gate::await_word() noexcept {
  constexpr std::uint32_t kLongestPause = 32;
  const std::uint32_t me = self();
  const auto take = [&] {
    std::uint32_t free = 0;
    return word_.load(relaxed) == 0 && word_.compare_exchange_strong(free, me, seq_cst, relaxed);
  };
  for (std::uint32_t pause = 1; spinning_can_help() && pause <= kLongestPause;
       pause += pause / 4 + 1) {
    for (std::uint32_t i = 0; i < pause; ++i) cpu_relax();
    if (take()) return;
  }
  atomic<std::uint32_t>& asleep = sleepers_at(this);
  asleep.fetch_add(1, seq_cst);
  if (asymmetric_barriers) heavy_barrier();
  for (std::uint32_t inside = 0; !word_.compare_exchange_strong(inside, me, seq_cst, seq_cst);
       inside = 0) {
    refuse_if_vanished(inside);
    futex_wait(word_, inside);
  }
  asleep.fetch_sub(1, relaxed);
}

void Gate::await_departure(Passage& owner) const noexcept {
  owner.awaited.fetch_add(1, relaxed);
  if (asymmetric_barriers) heavy_barrier();
  if (owner.gate.load(acquire) == mark()) {
    refuse_if_vanished(owner.owner.load(relaxed));
    wait_while(owner.gate, mark());
  }
  owner.awaited.fetch_sub(1, relaxed);
}

/// The caller has the word.
void Gate::revoke() noexcept {
  Passage& passage = *bias_.load(relaxed);
  bias_.store(nullptr, relaxed);
  if (passage.owner.load(relaxed) == self_id) return;  // came the long way from inside another gate
  const std::uint32_t begin = moment();
  await_departure(passage);
  const std::uint32_t cost = moment() - begin + 1;
  const bool was_worth_it = begin - biased_since_ > kWorth * cost;
  needed_ = was_worth_it ? std::max(needed_ / 2, kFirstStreak) : std::min(needed_ * 4, kMostNeeded);
}

/// The caller has the word. What it or others did inside before happens before its coming in by
/// bias: nobody else comes in between.
void Gate::bias_to_caller() noexcept {
  streak_ = 0;
  if (!asymmetric_barriers) return;
  Passage* const passage = passage_of(self());
  if (passage == nullptr) return;
  biased_since_ = moment();
  bias_.store(passage, release);
}

bool Gate::close() noexcept {
  std::uint32_t inside = 0;
  if (!word_.compare_exchange_strong(inside, self(), acquire, relaxed)) {
    if (has_vanished(inside)) return false;
    await_word();
  }
  // What the owner did that made the caller destroy the object happened after its coming in, so
  // that the passage is seen without a barrier.
  Passage* const passage = bias_.load(acquire);
  if (passage == nullptr || passage->gate.load(acquire) != mark()) return true;
  if (has_vanished(passage->owner.load(relaxed))) return false;
  await_departure(*passage);
  return true;
}

void Gate::wake_awaiting(Passage& passage) noexcept { futex_wake(passage.gate); }

}  // namespace detail
TWILL_END
