#include <twill/park/contend.hpp>

#include <algorithm>
#include <stop_token>

#include "park/contention.hpp"
#include "park/graph.hpp"
#include "park/spin.hpp"
#include "platform/membarrier.hpp"
#include "platform/ticks.hpp"

TWILL_BEGIN
namespace detail {

bool asymmetric_barriers = false;

namespace {

constexpr unsigned kVisitsBeforeSilence = 64;
constexpr unsigned kVisitsBeforePatience = 16;
constexpr std::int64_t kUndisturbed = 300;  // ns for which a spinner leaves an owner alone

[[gnu::constructor(101)]] void probe() noexcept {
  asymmetric_barriers = probe_membarrier();
  usable_cpus();  // before any thread is pinned
}

Contender* first_contender(Bucket& bucket, const void* key) noexcept {
  return static_cast<Contender*>(first_waiter(bucket, key));
}

/// From here on every release that the caller does not see visits the bucket. Lets go of the lock
/// for the barrier.
void arm_bell(Bucket& bucket, WordLock::Guard& guard) noexcept {
  if (bucket.established) return;
  const std::uint32_t generation = ++bucket.generation;
  if (!asymmetric_barriers) {
    bucket.bell.exchange(kArmed, acq_rel);
    bucket.established = true;
    return;
  }
  bucket.bell.store(kArmed, relaxed);
  guard.unlock();
  heavy_barrier();
  guard.lock();
  if (bucket.generation == generation) bucket.established = true;
}

void disarm_bell(Bucket& bucket, Bell bell) noexcept {
  bucket.established = false;
  ++bucket.generation;
  bucket.patience.store(0, relaxed);
  bucket.bell.store(bell, relaxed);
}

bool everybody_was_nudged(const Bucket& bucket) noexcept {
  for (const Node* first = bucket.keys; first != nullptr; first = first->next_key)
    if (first->state == Node::State::asleep || first->state == Node::State::awake) return false;
  return true;
}

/// A visit that had nothing to do: after some of them, releases need not come every time.
void visited_for_nothing(Bucket& bucket) noexcept {
  const bool waiters = bucket.contenders.load(relaxed) != 0;
  if (++bucket.fruitless < (waiters ? kVisitsBeforePatience : kVisitsBeforeSilence)) return;
  bucket.fruitless = 0;
  if (!waiters)
    disarm_bell(bucket, kSilent);
  else if (everybody_was_nudged(bucket))
    disarm_bell(bucket, kPatient);
}

/// Ends the wait of a sleeper so that it goes and competes. If it is ending already for another
/// reason, its leaving takes care of those behind it.
void nudge(Bucket& bucket, Contender& sleeper, WakeList& wakes) noexcept {
  bucket.fruitless = 0;
  bool must_wake = false;
  if (!claim(sleeper.wait->waiter(), Outcome::ready, must_wake)) return;
  sleeper.state = Node::State::nudged;
  sleeper.nudged_at = ticks();
  if (must_wake) wakes.add(sleeper.wait->context);
}

void nudge_first(Bucket& bucket, Contender& first, WakeList& wakes) noexcept {
  nudge(bucket, first, wakes);
  if (!first.claim.shared) return;
  for (auto* next = static_cast<Contender*>(first.next); next != nullptr && !wakes.full();
       next = static_cast<Contender*>(next->next)) {
    if (!next->claim.shared) break;
    if (next->state == Node::State::asleep) nudge(bucket, *next, wakes);
  }
}

/// Wakes the one who is first now, if that could be of use. For whoever leaves the front of the
/// line.
void pass_on(Bucket& bucket, const void* key, WordLock::Guard& guard, WakeList& wakes) noexcept {
  Contender* first = first_contender(bucket, key);
  if (first == nullptr || first->state != Node::State::asleep) return;
  arm_bell(bucket, guard);
  first = first_contender(bucket, key);
  if (first == nullptr || first->state != Node::State::asleep) return;
  if (first->claim.ready(first->claim.self)) nudge_first(bucket, *first, wakes);
}

/// Takes in the name of `first`, who sleeps or is on the way, and hands it over.
void hand_over(Bucket& bucket, Contender& first, WordLock::Guard& guard, WakeList& wakes) noexcept {
  bucket.fruitless = 0;
  if (first.state == Node::State::asleep) {
    nudge(bucket, first, wakes);
    if (first.state != Node::State::nudged) return;
  }
  if (!first.claim.take(first.claim.self))
    return;  // a newcomer was faster; it will release as well
  const void* key = first.key;
  first.granted = true;
  unlink(bucket, first);
  pass_on(bucket, key, guard, wakes);
}

/// Whether the first in line can go on now and would not by itself, or not soon.
bool needs_help(Contender& first) noexcept {
  switch (first.state) {
    case Node::State::asleep:
      return first.claim.ready(first.claim.self);
    case Node::State::nudged:
      return !one_at_a_time.load(relaxed) &&
             (ticks() - first.nudged_at) / ticks_per_us() >= kPatience;
    default:
      return false;
  }
}

/// Tries at growing distances. They grow by an eighth of the time spent: fast enough not to hinder
/// a busy owner, and slowly enough that two threads which answer each other come closer with every
/// answer (with doubling, a round trip once slow stays slow: each looks as late as it had to wait
/// before).
bool take_while_spinning(const void* key, const Claim& claim) noexcept {
  Bucket& bucket = bucket_of(key);
  SpinBudget budget(bucket.spin);
  const std::uint32_t rounds = budget.rounds();
  const std::uint32_t first_pause = claim.exclusive ? SpinBudget::rounds_of(kUndisturbed) : 1;
  for (std::uint32_t spent = 0; spent < rounds && bucket.contenders.load(relaxed) == 0;) {
    const std::uint32_t pause = std::max(first_pause, spent / 8);
    for (std::uint32_t i = 0; i < pause; ++i) cpu_relax();
    if (claim.take(claim.self)) {
      budget.succeeded();
      return true;
    }
    spent += pause;
    if (spent >= rounds) budget.failed();
  }
  return bucket.contenders.load(relaxed) == 0 &&
         yield_until([&] { return claim.take(claim.self); }, budget);
}

/// The moment for which a nudged waiter competes with newcomers.
bool compete(const Claim& claim) noexcept {
  constexpr int kAttempts = 32;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (claim.take(claim.self)) return true;
    if (!spinning_can_help()) break;
    cpu_relax();
  }
  return false;
}

}  // namespace

void visit(Bucket& bucket, const void* key) noexcept {
  WakeList wakes;
  {
    WordLock::Guard guard(bucket.lock);
    Contender* first = first_contender(bucket, key);
    if (first == nullptr || !needs_help(*first)) {
      visited_for_nothing(bucket);
    } else if (first->starving || first->state == Node::State::nudged) {
      hand_over(bucket, *first, guard, wakes);
    } else {
      nudge_first(bucket, *first, wakes);
    }
  }
  wakes.wake_all();
}

Contention::Contention(const void* key, Context& context, const Subject& subject,
                       const Claim& claim, const Limits& limits) noexcept
    : bucket_(bucket_of(key)), wait_(context, subject, limits), node_(claim) {
  node_.stand_for(wait_, key);
}

/// The node is linked and awake. Tries once more in a way that no release can be missed: a release
/// that this attempt does not see finds the bell armed, waits for the bucket's lock, and sees a
/// sleeper.
bool Contention::settle(WordLock::Guard& guard) noexcept {
  arm_bell(bucket_, guard);
  wait_.arm();
  if (node_.claim.take(node_.claim.self)) return finish(guard, Outcome::ready);
  node_.state = Node::State::asleep;
  return false;
}

bool Contention::finish(WordLock::Guard& guard, Outcome outcome) noexcept {
  outcome_ = outcome;
  const bool was_first = node_.prev == nullptr;
  unlink(bucket_, node_);
  if (!was_first) return true;
  WakeList wakes;
  pass_on(bucket_, node_.key, guard, wakes);
  guard.unlock();
  wakes.wake_all();
  guard.lock();
  return true;
}

bool Contention::enlist() noexcept {
  WordLock::Guard guard(bucket_.lock);
  node_.state = Node::State::awake;
  link(bucket_, node_);
  if (node_.prev == nullptr) return settle(guard);
  wait_.arm();  // those before it see to it that nothing is missed
  node_.state = Node::State::asleep;
  return false;
}

bool Contention::resume(Outcome outcome) noexcept {
  {
    WordLock::Guard guard(bucket_.lock);
    if (node_.granted) {
      outcome_ = Outcome::ready;
      return true;
    }
    if (outcome != Outcome::ready) return finish(guard, outcome);
    if (node_.claim.take(node_.claim.self)) return finish(guard, Outcome::ready);
    node_.state = Node::State::awake;
  }
  const bool taken = compete(node_.claim);
  WordLock::Guard guard(bucket_.lock);
  if (taken) return finish(guard, Outcome::ready);
  node_.starving = true;
  return settle(guard);
}

Outcome contend(const void* key, const Subject& subject, const Claim& claim, const Limits& limits) {
  if (limits.deadline.is_passed()) return Outcome::timeout;
  if (limits.stop != nullptr && limits.stop->stop_requested()) return Outcome::stopped;
  Context& self = self_context();
  Outcome outcome = Outcome::ready;
  {
    const Blocking blocking(self);
    if (take_while_spinning(key, claim)) return Outcome::ready;
    const WaitForOwner counted(subject);
    Contention contention(key, self, subject, claim, limits);
    if (!contention.enlist())
      while (!contention.resume(contention.wait().block(key))) {
      }
    outcome = contention.outcome();
  }
  if (outcome == Outcome::interrupted) throw_interrupted(subject);
  return outcome;
}

}  // namespace detail
TWILL_END
