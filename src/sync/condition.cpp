#include <twill/sync/condition.hpp>

#include <twill/park/contend.hpp>

#include "park/exiting.hpp"
#include "park/node.hpp"
#include "park/report.hpp"

TWILL_BEGIN

using detail::relaxed;

namespace {

constexpr detail::Kind kKind{"Condition", nullptr};

std::uintptr_t address(const void* lock) noexcept { return reinterpret_cast<std::uintptr_t>(lock); }

bool born_watched() noexcept { return detail::born() != 0; }

}  // namespace

Condition::Condition(std::source_location made)
    : lock_(address(new RLock(made)) | kIsRLock | kIsOurs),
      watched_(born_watched()),
      label_(made) {}

Condition::Condition(ConditionOptions options, std::source_location made)
    : lock_(address(new RLock(made)) | kIsRLock | kIsOurs),
      watched_(born_watched()),
      label_("Condition", std::move(options.name), made) {}

Condition::Condition(Lock& lock, ConditionOptions options, std::source_location made)
    : lock_(address(&lock)),
      watched_(born_watched()),
      label_("Condition", std::move(options.name), made) {}

Condition::Condition(RLock& lock, ConditionOptions options, std::source_location made)
    : lock_(address(&lock) | kIsRLock),
      watched_(born_watched()),
      label_("Condition", std::move(options.name), made) {}

Condition::~Condition() {
  if (waiters_.load(relaxed) != 0 && detail::has_waiters(this) && !detail::exiting())
    detail::die("%s is destroyed while threads wait for it", label_.describe("Condition").c_str());
  if (lock_ & kIsOurs) delete &recursive();
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

detail::Outcome Condition::wait_as(const detail::Subject& subject, const detail::Limits& limits) {
  if (limits.stop != nullptr && limits.stop->stop_requested()) return detail::Outcome::stopped;
  detail::Context& self = detail::self_context();
  detail::Wait wait(self, subject, limits);
  detail::Node node;
  wait.arm();
  detail::enlist(node, this, wait, [] { return false; });  // in line before the lock is let go
  waiters_.store(waiters_.load(relaxed) + 1, relaxed);
  Lock* const lock = is_recursive() ? nullptr : &plain();
  RLock* const rlock = is_recursive() ? &recursive() : nullptr;
  const std::uint32_t held = let_go();
  detail::Outcome outcome;
  {
    const detail::Blocking blocking(self);
    outcome = wait.spin_then_block(this);
    detail::delist(node);
  }
  // Who was notified must not touch the condition any more: the notifier may have destroyed it.
  lock != nullptr ? lock->take_back(held, subject.site) : rlock->take_back(held, subject.site);
  if (outcome != detail::Outcome::ready) waiters_.store(waiters_.load(relaxed) - 1, relaxed);
  return outcome;
}

bool Condition::wait_at(const void* site, const detail::Limits& limits) {
  const detail::Subject subject{this, &kKind, &label_, site};
  require_lock("wait()");
  if (watched_) detail::observe(TWILL_WAIT, subject);
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
  if (watched_) detail::observe(TWILL_NOTIFY, {this, &kKind, &label_, __builtin_return_address(0)});
  const std::uint32_t waiters = waiters_.load(relaxed);
  if (n <= 0 || waiters == 0) return;
  const std::uint64_t woken = detail::notify(this, static_cast<std::uint64_t>(n));
  waiters_.store(waiters - static_cast<std::uint32_t>(woken), relaxed);
}

void Condition::notify_all() { notify(INT64_MAX); }

TWILL_END
