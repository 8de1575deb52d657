#include <twill/mp/condition.hpp>

#include "mp/bells.hpp"
#include "mp/robust_lock.hpp"
#include "park/spin.hpp"

TWILL_BEGIN
namespace mp {

using detail::RobustLock;
using twill::detail::Limits;
using twill::detail::Subject;

namespace {

const twill::detail::Kind kKind{"Condition"};

struct ConditionState {
  std::atomic<std::uint64_t> tickets;  ///< given to waiters so far
};

detail::Block& block_of(const detail::Handle& handle) noexcept {
  return *static_cast<detail::Block*>(handle.block());
}

}  // namespace

Condition::Condition(ConditionOptions options, std::source_location made)
    : own_(std::make_unique<RLock>(made)),
      recursive_(own_.get()),
      label_("Condition", std::move(options.name), made) {}

Condition::Condition(Lock& lock, ConditionOptions options, std::source_location made)
    : plain_(&lock), label_("Condition", std::move(options.name), made) {}

Condition::Condition(RLock& lock, ConditionOptions options, std::source_location made)
    : recursive_(&lock), label_("Condition", std::move(options.name), made) {}

Condition::Condition(detail::Arrival& from)
    : own_plain_(from.number(0, 1) != 0 ? detail::Offering::make<Lock>(from) : nullptr),
      own_(own_plain_ ? nullptr : detail::Offering::make<RLock>(from)),
      plain_(own_plain_.get()),
      recursive_(own_.get()),
      state_(from),
      label_("Condition", from.name(), std::source_location::current()) {}

void Condition::offer(detail::Offer& to) const {
  to.numbers.push_back(plain_ != nullptr);
  if (plain_ != nullptr)
    detail::Offering::add(*plain_, to);
  else
    detail::Offering::add(*recursive_, to);
  state_.offer(to);
  to.names.push_back(name());
}

Condition::~Condition() = default;

const detail::Handle& Condition::lock_state() const noexcept {
  return plain_ != nullptr ? plain_->state_ : recursive_->state_;
}

void Condition::lock() TWILL_NO_THREAD_SAFETY_ANALYSIS {
  plain_ != nullptr ? plain_->lock() : recursive_->lock();
}
bool Condition::try_lock() noexcept TWILL_NO_THREAD_SAFETY_ANALYSIS {
  return plain_ != nullptr ? plain_->try_lock() : recursive_->try_lock();
}
void Condition::unlock() noexcept TWILL_NO_THREAD_SAFETY_ANALYSIS {
  plain_ != nullptr ? plain_->unlock() : recursive_->unlock();
}
void Condition::release() { plain_ != nullptr ? plain_->release() : recursive_->release(); }
bool Condition::locked() const noexcept { return RobustLock::of(lock_state()).owner() != 0; }

bool Condition::acquire_at(const void* site, const Limits& limits) {
  return plain_ != nullptr ? plain_->acquire_at(site, limits)
                           : recursive_->acquire_at(site, limits);
}

void Condition::require_lock(const char* operation) const {
  const RobustLock& lock = RobustLock::of(lock_state());
  if (lock.is_mine() || (plain_ != nullptr && lock.owner() == RobustLock::kAnybody)) return;
  throw RuntimeError(std::string(operation) + " of " + label_.describe("Condition") +
                     " without its lock");
}

Condition::Held Condition::let_go() noexcept {
  RobustLock& lock = RobustLock::of(lock_state());
  const Held held{lock.owner(), lock.depth.load()};
  lock.depth.store(0);
  if (held.as == RobustLock::kAnybody)
    lock.release_acquired();
  else
    lock.drop();
  return held;
}

void Condition::take_back(const Held& held, const void* site) {
  RobustLock& lock = RobustLock::of(lock_state());
  const Subject subject{this, &kKind, &label_, site, true};
  try {
    lock.take(block_of(lock_state()), held.as, subject, {}, false);
  } catch (const OwnerDied&) {
    lock.depth.store(held.depth);
    throw;
  }
  lock.depth.store(held.depth);
}

bool Condition::wait_at(const void* site, const Limits& limits) {
  require_lock("wait()");
  const Subject subject{this, &kKind, &label_, site};
  detail::Block& block = block_of(state_);
  // In line before the lock is let go: a notify made under it comes after.
  detail::Bell& bell = detail::hang_bell(
      detail::index_of(block), detail::body_of<ConditionState>(&block).tickets.fetch_add(1));
  const Held held = let_go();
  detail::Woken woken = detail::Woken::look;
  const auto rung = [&] { return detail::is_rung(bell); };
  if (!twill::detail::spin_until(rung, twill::detail::SpinBudget(bell.habit.spin))) {
    detail::SharedWait wait(block, subject, limits, bell.habit);
    while (woken == detail::Woken::look) {
      const std::uint32_t state = bell.state.load();
      if (detail::is_rung(bell)) break;
      woken = wait.sleep(bell.state, state);
    }
  }
  // 1. It is notified, and takes its bell down.  2. It is killed while it waits for the lock: the
  // notify is lost. So the bell hangs until it has the lock.
  try {
    take_back(held, site);
  } catch (...) {
    detail::take_down(bell);
    throw;
  }
  return detail::take_down(bell) || succeeded(woken, subject);
}

bool Condition::try_wait(Timeout timeout, const std::stop_token& stop) {
  try {
    return wait_at(twill::detail::here(), {timeout, &stop});
  } catch (const CancelledError&) {
    return false;
  }
}

bool Condition::ring_one() noexcept {
  detail::Bell* const bell = detail::ring_first(detail::index_of(block_of(state_)));
  if (bell != nullptr) RobustLock::of(lock_state()).wake_later(bell->state);
  return bell != nullptr;
}

void Condition::notify(std::int64_t n) {
  require_lock("notify()");
  while (n-- > 0 && ring_one()) continue;
}

void Condition::notify_all() {
  require_lock("notify_all()");
  while (ring_one()) continue;
}

}  // namespace mp
TWILL_END
