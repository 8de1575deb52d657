#include <twill/sync/condition.hpp>

#include <algorithm>
#include <optional>

#include <twill/park/contend.hpp>

#include "park/exiting.hpp"
#include "park/node.hpp"
#include "park/report.hpp"

TWILL_BEGIN

using detail::relaxed;

namespace {

/// Of a lock, with `flags`, and the one that says that the condition is born watched.
std::uintptr_t packed(const void* lock, std::uintptr_t flags, std::uintptr_t watched) noexcept {
  return reinterpret_cast<std::uintptr_t>(lock) | flags | (detail::born() != 0 ? watched : 0);
}

}  // namespace

void Condition::last_notifier(const void* condition, detail::Owners& out) {
  const auto& self = *static_cast<const Condition*>(condition);
  out.add(out, self.last_notifier_.load(relaxed), nullptr, false);
}

constexpr detail::Kind Condition::kKind{"Condition", last_notifier, "notified it last"};

Condition::Condition(std::source_location made)
    : lock_(packed(new RLock(made), kIsRLock | kIsOurs, kWatched)), label_(made) {}

Condition::Condition(ConditionOptions options, std::source_location made)
    : lock_(packed(new RLock(made), kIsRLock | kIsOurs, kWatched)),
      label_("Condition", std::move(options.name), made) {}

Condition::Condition(Lock& lock, ConditionOptions options, std::source_location made)
    : lock_(packed(&lock, 0, kWatched)), label_("Condition", std::move(options.name), made) {}

Condition::Condition(RLock& lock, ConditionOptions options, std::source_location made)
    : lock_(packed(&lock, kIsRLock, kWatched)),
      label_("Condition", std::move(options.name), made) {}

Condition::~Condition() {
  may_be_destroyed(label_, kKind.name);
  if (lock_ & kIsOurs) delete &recursive();
}

void Condition::may_be_destroyed(const detail::Label& label, const char* kind) const {
  if (waiters_.load(relaxed) == 0 || detail::exiting()) return;
  const detail::Context* spinner = detail::context_of(spinner_.load(relaxed));
  if ((spinner != nullptr && detail::is_spinning(*spinner, spins_as_.load(relaxed))) ||
      detail::has_waiters(this))
    detail::die("%s is destroyed while threads wait for it", label.describe(kind).c_str());
}

void Condition::lock_at(const void* site) {
  is_recursive() ? recursive().contend(site, {}) : plain().contend(detail::self(), site, {});
}

bool Condition::try_lock_at(const void* site) noexcept {
  return is_recursive() ? recursive().try_lock_slow(site) : plain().try_lock_slow(site);
}

void Condition::unlock() noexcept TWILL_NO_THREAD_SAFETY_ANALYSIS {
  is_recursive() ? recursive().unlock() : plain().unlock();
}

void Condition::release() { is_recursive() ? recursive().release() : plain().release(); }

bool Condition::locked() const noexcept {
  return is_recursive() ? recursive().locked() : plain().locked();
}

bool Condition::acquire_at(const void* site, const detail::Limits& limits) {
  return is_recursive() ? recursive().acquire_at(site, limits) : plain().acquire_at(site, limits);
}

/// A Lock that was taken by acquire() belongs to nobody in particular: that it is held must do.
void Condition::require_lock(const char* operation) const {
  const bool held = is_recursive() ? recursive().is_owned() : plain().is_held_for_caller();
  if (held) return;
  const std::string lock = is_recursive() ? recursive().name() : plain().name();
  throw RuntimeError(std::string(operation) + " of " + label_.describe("Condition") +
                     " without its lock " + lock);
}

std::uint32_t Condition::let_go() noexcept {
  return is_recursive() ? recursive().let_go() : plain().let_go();
}

/// The first in line spins outside the bucket, known to the condition alone, so that all that
/// passes between it and its notifier is the state of its context. What could go wrong:
///
///     waiter: spins in vain, enlists itself        notifier: claims the epoch of the spinner
///
/// A notifier that came between the two would find neither, and one that claims the epoch of a
/// waiter in the bucket would do so without the bucket's lock, while a report reads what the waiter
/// waits for. So the waiter enlists itself and goes on to another epoch in one, under the bucket's
/// lock.
void Condition::stand_in_line(detail::Node& node, detail::Wait& wait) noexcept {
  const std::uint32_t before = waiters_.load(relaxed);
  waiters_.store(before + 1, relaxed);
  if (before != 0) {
    detail::enlist(node, this, wait, [] { return false; });
    return;
  }
  spinner_.store(wait.context.id.load(relaxed), relaxed);
  spins_as_.store(static_cast<std::uint32_t>(wait.epoch), relaxed);
}

bool Condition::notify_spinner() noexcept {
  detail::Context* const spinner = detail::context_of(spinner_.load(relaxed));
  spinner_.store(0, relaxed);
  return spinner != nullptr && detail::claim_spinner(*spinner, spins_as_.load(relaxed));
}

detail::Outcome Condition::wait_as(const detail::Subject& subject, const detail::Limits& limits) {
  if (limits.stop != nullptr && limits.stop->stop_requested()) return detail::Outcome::stopped;
  detail::Context& self = detail::self_context();
  std::optional<detail::Blocking> blocking(self);  // its hooks may wait, so before this wait begins
  detail::Wait wait(self, subject, limits);
  detail::Node node;
  wait.arm();
  stand_in_line(node, wait);  // before the lock is let go
  Lock* const lock = is_recursive() ? nullptr : &plain();
  RLock* const rlock = is_recursive() ? &recursive() : nullptr;
  const std::uint32_t held = let_go();
  const detail::Outcome outcome = wait.spin(this) || !detail::enlist_spinner(node, this, wait)
                                      ? wait.conclude()
                                      : wait.block(this);
  if (outcome != detail::Outcome::ready) detail::delist(node);  // else notify() has done it
  blocking.reset();
  // Who was notified must not touch the condition any more: the notifier may have destroyed it.
  lock != nullptr ? lock->take_back(held, subject.site) : rlock->take_back(held, subject.site);
  if (outcome != detail::Outcome::ready) waiters_.store(waiters_.load(relaxed) - 1, relaxed);
  return outcome;
}

bool Condition::wait_at(const void* site, const detail::Limits& limits) {
  const detail::Subject subject{this, &kKind, &label_, site};
  require_lock("wait()");
  if (is_watched()) detail::observe(TWILL_WAIT, subject, &limits);
  return succeeded(wait_as(subject, limits), subject);
}

bool Condition::try_wait(Timeout timeout, const std::stop_token& stop) {
  try {
    return wait_at(__builtin_return_address(0), {timeout, &stop});
  } catch (const CancelledError&) {
    return false;
  }
}

void Condition::notify(std::int64_t n) {
  require_lock("notify()");
  last_notifier_.store(detail::self_id, relaxed);
  if (is_watched())
    detail::observe(TWILL_NOTIFY, {this, &kKind, &label_, __builtin_return_address(0)});
  const std::uint32_t waiters = waiters_.load(relaxed);
  if (n <= 0 || waiters == 0) return;
  std::uint64_t woken = notify_spinner() ? 1 : 0;
  const auto wanted = std::min<std::uint64_t>(static_cast<std::uint64_t>(n), waiters);
  if (woken < wanted) woken += detail::notify(this, wanted - woken);
  waiters_.store(waiters - static_cast<std::uint32_t>(woken), relaxed);
}

void Condition::notify_all() { notify(INT64_MAX); }

TWILL_END
