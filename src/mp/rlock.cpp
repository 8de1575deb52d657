#include <twill/mp/rlock.hpp>

#include "mp/robust_lock.hpp"
#include "park/exiting.hpp"

TWILL_BEGIN
namespace mp {

using detail::RobustLock;
using twill::detail::Limits;
using twill::detail::Subject;

RLock::~RLock() {
  if (RobustLock::of(state_).is_mine() && !twill::detail::exiting())
    twill::detail::die("destruction of %s by the thread that holds it",
                       label_.describe("RLock").c_str());
}

bool RLock::acquire_at(const void* site, const Limits& limits) {
  RobustLock& lock = RobustLock::of(state_);
  if (lock.is_mine()) {
    const std::uint32_t depth = lock.depth.load(std::memory_order_relaxed);
    if (depth == 0xffff'ffff)
      throw RuntimeError(label_.describe("RLock") + " is held too many times");
    lock.depth.store(depth + 1, std::memory_order_relaxed);
    return true;
  }
  if (!lock.take_at_once()) {
    const Subject subject{this, &detail::rlock_kind, &label_, site};
    if (!lock.take(*static_cast<detail::Block*>(state_.block()), twill::detail::robust_id(),
                   subject, limits))
      return false;
  }
  lock.depth.store(1, std::memory_order_relaxed);
  return true;
}

bool RLock::try_lock() noexcept { return acquire_at(twill::detail::here(), {Deadline::passed()}); }

void RLock::release() {
  RobustLock& lock = RobustLock::of(state_);
  if (!lock.is_mine())
    throw RuntimeError("release() of " + label_.describe("RLock") +
                       " by a thread that does not hold it");
  const std::uint32_t depth = lock.depth.load(std::memory_order_relaxed);
  lock.depth.store(depth - 1, std::memory_order_relaxed);
  if (depth == 1) lock.drop();
}

void RLock::unlock() noexcept {
  if (!RobustLock::of(state_).is_mine())
    twill::detail::die("unlock() of %s by a thread that does not hold it",
                       label_.describe("RLock").c_str());
  release();
}

bool RLock::locked() const noexcept { return RobustLock::of(state_).owner() != 0; }

std::uint32_t RLock::recursion_count() const noexcept {
  const RobustLock& lock = RobustLock::of(state_);
  return lock.is_mine() ? lock.depth.load(std::memory_order_relaxed) : 0;
}

}  // namespace mp
TWILL_END
