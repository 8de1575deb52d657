#pragma once

#include <cstdint>

#include <twill/park/bucket.hpp>

#include "park/spin.hpp"
#include "park/wait.hpp"

TWILL_BEGIN
namespace detail {

/// A place in the queue of one key. It lives in the frame of the one who waits; a waiter may stand
/// in any number of queues, with a node in each. All fields belong to the bucket's lock while the
/// node is linked. It fills one cache line, which with the context's state is all that passes
/// between a waiter and its notifier.
struct alignas(64) Node {
  enum class State : std::uint8_t {
    plain,   ///< notified once and then gone (conditions, events, barriers, joins)
    asleep,  ///< a contender that may be nudged, or be given what it waits for
    nudged,  ///< claimed and on its way; may still be given what it waits for
    awake,   ///< trying for itself; a release only leaves word in `missed`
  };

  void stand_for(Wait& w, const void* k) noexcept {
    key = k;
    wait = &w;
    context = &w.context;
  }

  const void* key = nullptr;
  Wait* wait = nullptr;
  Context* context = nullptr;
  Node* next = nullptr;      ///< the next waiter of the same key
  Node* prev = nullptr;      ///< the one before; null for the first
  Node* last = nullptr;      ///< kept by the first: the last waiter of the key
  Node* next_key = nullptr;  ///< kept by the first: the first waiter of another key of the bucket
  std::uint32_t ticket = 0;  ///< counts the waiters of the bucket, over and over
  State state = State::plain;
  bool linked = false;
};

/// The first waiter of `key`, or null. The bucket is locked.
Node* first_waiter(Bucket& bucket, const void* key) noexcept;

/// Puts `node` behind the last waiter of its key. The bucket is locked.
void link(Bucket& bucket, Node& node) noexcept;

/// Takes `node` out, wherever it stands. The bucket is locked.
void unlink(Bucket& bucket, Node& node) noexcept;

/// Whether anybody stands in line under `key`.
bool has_waiters(const void* key) noexcept;

/// Forgets all waiters: the child of a fork has none.
void buckets_after_fork() noexcept;

/// Links `node` under `key` for `wait`, unless `skip` (asked under the bucket's lock) says that
/// there is nothing to wait for. True if it was linked.
template <class Skip>
bool enlist(Node& node, const void* key, Wait& wait, Skip&& skip) noexcept {
  Bucket& bucket = bucket_of(key);
  const WordLock::Guard guard(bucket.lock);
  if (skip()) return false;
  node.stand_for(wait, key);
  link(bucket, node);
  return true;
}

/// Links `node`, unless it is, before all others under `key`: for a wait that has been the first in
/// line without it. The wait begins another epoch with that. False if it was claimed before.
bool enlist_spinner(Node& node, const void* key, Wait& wait) noexcept;

/// Takes `node` out if nobody has. After that no other thread touches it.
void delist(Node& node) noexcept;

/// Ends the waits of the first `n` waiters of `key` with Outcome::ready, in the order in which they
/// came; those that time out or are stopped at the same moment do not count, and those that come
/// after the call began are left alone. `before`, if any, runs first, under the bucket's lock.
/// Answers how many were ended. Plain waits only.
std::uint64_t notify(const void* key, std::uint64_t n,
                     void (*before)(void* data) noexcept = nullptr, void* data = nullptr) noexcept;

/// Waits under `key` to be notified. `ready` says whether there is nothing to wait for, and is
/// asked while spinning; `skip` says it for good, under the bucket's lock. Answers timeout or
/// stopped without a wait where the limits are reached already.
template <class Ready, class Skip>
Outcome await(const void* key, const Subject& subject, const Limits& limits, Ready&& ready,
              Skip&& skip) noexcept {
  if (limits.deadline.is_passed()) return ready() ? Outcome::ready : Outcome::timeout;
  if (limits.stop != nullptr && limits.stop->stop_requested()) return Outcome::stopped;
  Context& self = self_context();
  const Blocking blocking(self);
  if (spin_until(ready, SpinBudget(bucket_of(key).spin))) return Outcome::ready;
  Wait wait(self, subject, limits);
  wait.arm();
  Node node;
  if (!enlist(node, key, wait, skip)) return Outcome::ready;
  const Outcome outcome = wait.block(key);
  delist(node);
  return outcome;
}

template <class Ready>
Outcome await(const void* key, const Subject& subject, const Limits& limits,
              Ready&& ready) noexcept {
  return await(key, subject, limits, ready, ready);
}

inline constexpr std::uint64_t kEverybody = ~std::uint64_t{0};

}  // namespace detail
TWILL_END
