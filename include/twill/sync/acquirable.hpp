#pragma once

#include <stop_token>

#include <twill/park/subject.hpp>
#include <twill/platform/error.hpp>
#include <twill/platform/here.hpp>

TWILL_BEGIN
namespace detail {

/// Python's spellings of acquire, for whatever has acquire_at(site, limits): one function and the
/// shells round it. The owning class says what it means to hold the thing.
template <class Derived>
class Acquirable {
 public:
  /// Blocks until it is taken. Always true. Throws what the class says.
  TWILL_INLINE bool acquire() { return at(here(), {}); }

  /// acquire(false) is one attempt that never blocks.
  TWILL_INLINE bool acquire(bool blocking) {
    return at(here(), {blocking ? Deadline::never() : Deadline::passed()});
  }

  /// A timeout for an attempt that does not block is a ValueError, even if the thing is free.
  TWILL_INLINE bool acquire(bool blocking, Timeout timeout) {
    if (!blocking) throw_useless_timeout();
    return at(here(), {timeout});
  }

  /// True if taken in time, else false.
  TWILL_INLINE bool acquire(Timeout timeout) { return at(here(), {timeout}); }

  /// Throws CancelledError if stop was requested first.
  TWILL_INLINE bool acquire(const std::stop_token& stop) {
    return at(here(), {Deadline::never(), &stop});
  }

  /// True if taken before the time was over and before stop was requested. Without arguments: one
  /// attempt.
  TWILL_INLINE bool try_acquire(Timeout timeout = std::chrono::seconds(0),
                                const std::stop_token& stop = {}) {
    const void* site = here();
    try {
      return at(site, {timeout, &stop});
    } catch (const CancelledError&) {
      return false;
    }
  }

 private:
  friend Derived;
  constexpr Acquirable() noexcept = default;

  [[noreturn]] TWILL_COLD void throw_useless_timeout() const {
    throw ValueError("acquire(false, timeout) of " + static_cast<const Derived*>(this)->name() +
                     ": an attempt that does not block has no timeout");
  }

  bool at(const void* site, const Limits& limits) {
    return static_cast<Derived*>(this)->acquire_at(site, limits);
  }
};

}  // namespace detail
TWILL_END
