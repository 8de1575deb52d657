#pragma once

#include <memory>
#include <source_location>
#include <utility>

#include <twill/mp/offer.hpp>
#include <twill/mp/rlock.hpp>
#include <twill/platform/thread_safety.hpp>

TWILL_BEGIN
namespace mp::detail {

/// What can be acquired by any thread of a process, and guard what processes share.
template <class L>
concept Acquires = requires(L lock) {
  lock.acquire();
  lock.release();
  lock.lock();
  lock.unlock();
};

/// The lock of what a Value or an Array shares: its own, or one that was given to it.
template <Acquires L>
class Guarding {
 public:
  L& get_lock() noexcept { return *lock_; }

  /// Those of the lock, for scope guards.
  void lock() TWILL_NO_THREAD_SAFETY_ANALYSIS { lock_->lock(); }
  bool try_lock() noexcept TWILL_NO_THREAD_SAFETY_ANALYSIS { return lock_->try_lock(); }
  void unlock() noexcept TWILL_NO_THREAD_SAFETY_ANALYSIS { lock_->unlock(); }
  /// Those of the lock, in Python's spellings.
  template <class... Args>
  bool acquire(Args&&... args) {
    return lock_->acquire(std::forward<Args>(args)...);
  }
  void release() { lock_->release(); }

 protected:
  explicit Guarding(std::source_location made)
      : own_(std::make_unique<L>(made)), lock_(own_.get()) {}
  explicit Guarding(L& lock) noexcept : lock_(&lock) {}
  explicit Guarding(Arrival& from) : own_(Offering::make<L>(from)), lock_(own_.get()) {}
  void offer(Offer& to) const { Offering::add(*lock_, to); }
  Guarding(const Guarding&) = delete;
  Guarding& operator=(const Guarding&) = delete;
  ~Guarding() = default;

 private:
  std::unique_ptr<L> own_;
  L* const lock_;
};

}  // namespace mp::detail
TWILL_END
