#pragma once

#include <stop_token>

#include <twill/platform/abi.hpp>
#include <twill/platform/thread_safety.hpp>

TWILL_BEGIN

/// Holds a lock for a scope: Python's `with lock:`. Like std::scoped_lock on one lock, and known to
/// Clang's thread-safety analysis, which std's guards are not.
///
///     twill::Hold hold(lock);
template <class L>
class TWILL_SCOPED_CAPABILITY [[nodiscard]] Hold {
 public:
  /// Blocks until the lock is taken; throws what L::lock() throws.
  explicit TWILL_INLINE Hold(L& held) TWILL_ACQUIRE(held) : lock_(held) { lock_.lock(); }
  /// Throws CancelledError if stop is requested first.
  Hold(L& held, const std::stop_token& stop) TWILL_ACQUIRE(held) : lock_(held) {
    lock_.acquire(stop);
  }
  TWILL_INLINE ~Hold() TWILL_RELEASE() { lock_.unlock(); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  L& lock_;
};

TWILL_END
