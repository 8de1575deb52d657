#pragma once

#include <utility>

#include <twill/park/bucket.hpp>
#include <twill/park/self.hpp>
#include <twill/park/subject.hpp>

TWILL_BEGIN
namespace detail {

/// How a contender takes what it waits for. Both run on the contender's own behalf but maybe in
/// another thread, under the lock of a bucket: they do a few atomic operations and nothing else.
struct Claim {
  bool (*take)(void* self) noexcept;   ///< one attempt
  bool (*ready)(void* self) noexcept;  ///< whether an attempt looks promising; takes nothing
  void* self;
  /// Several who wait for the same may have it at once (readers).
  bool shared = false;
  /// One at a time has it, and not for long: a spinner looks rarely, so that the owner keeps its
  /// cache line.
  bool exclusive = false;
};

/// A Claim on two callables that outlive it.
template <class Take, class Ready>
Claim claim_by(std::pair<Take, Ready>& both) noexcept {
  return {[](void* self) noexcept { return static_cast<std::pair<Take, Ready>*>(self)->first(); },
          [](void* self) noexcept { return static_cast<std::pair<Take, Ready>*>(self)->second(); },
          &both};
}

/// Waits until `claim` could be taken: the slow half of every lock, semaphore and queue.
///
/// Waiters of a key stand in line. A release nudges the first of them, who then competes with
/// newcomers for a moment (so that a busy lock need not change cores at each release); if it loses
/// for too long (kPatience below, or one spin on a core of its own), the next release takes in its
/// name and hands the thing over. So throughput is that of barging and waiting times are near those
/// of a queue (compare parking_lot's eventual fairness, A. d'Antras 2016, and Go's sync.Mutex
/// starvation mode, D. Vyukov 2016).
///
/// Whoever makes a claim possible must call offer(key) afterwards. Throws DeadlockError or
/// InterruptedError; answers ready, timeout or stopped.
TWILL_API Outcome contend(const void* key, const Subject& subject, const Claim& claim,
                          const Limits& limits);

/// The longest time for which newcomers may overtake a nudged waiter; looked at every kLookEvery
/// releases at the latest.
inline constexpr std::uint64_t kPatience = 100;  // us

}  // namespace detail
TWILL_END
