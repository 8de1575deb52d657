#include <twill/mp/lock.hpp>

#include "mp/robust_lock.hpp"
#include "park/exiting.hpp"

TWILL_BEGIN
namespace mp {

using detail::RobustLock;
using twill::detail::Limits;
using twill::detail::Subject;

namespace {

detail::Block& block_of(const detail::Handle& handle) noexcept {
  return *static_cast<detail::Block*>(handle.block());
}

}  // namespace

Lock::~Lock() {
  if (RobustLock::of(state_).is_mine() && !twill::detail::exiting())
    twill::detail::die("destruction of %s by the thread that holds it",
                       label_.describe("Lock").c_str());
}

bool Lock::lock_at(const void* site, const Limits& limits) {
  if (RobustLock::of(state_).take_at_once()) [[likely]]
    return true;
  const Subject subject{this, &detail::lock_kind, &label_, site};
  return RobustLock::of(state_).take(block_of(state_), twill::detail::robust_id(), subject, limits);
}

bool Lock::try_lock() noexcept { return RobustLock::of(state_).take_at_once(); }

bool Lock::acquire_at(const void* site, const Limits& limits) {
  const Subject subject{this, &detail::lock_kind, &label_, site};
  return RobustLock::of(state_).take(block_of(state_), RobustLock::kAnybody, subject, limits);
}

void Lock::unlock() noexcept {
  if (!RobustLock::of(state_).is_mine()) [[unlikely]]
    twill::detail::die("unlock() of %s by a thread that did not lock it",
                       label_.describe("Lock").c_str());
  RobustLock::of(state_).drop();
}

void Lock::release() {
  RobustLock& lock = RobustLock::of(state_);
  if (lock.is_mine()) return lock.drop();
  if (!lock.release_acquired())
    throw RuntimeError("release() of " + label_.describe("Lock") +
                       (locked() ? ", which another thread has locked" : ", which is not held"));
}

bool Lock::locked() const noexcept { return RobustLock::of(state_).owner() != 0; }

}  // namespace mp
TWILL_END
