#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <twill/platform/abi.hpp>

TWILL_BEGIN

/// The clock of every wait: monotonic, counted in nanoseconds; a test clock may stand in its place
/// (see twill/park/clock.hpp).
struct Clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;

  /// The present instant. Never blocks; any thread.
  TWILL_API static time_point now() noexcept;
};

namespace detail {
[[noreturn]] TWILL_API void throw_nan_timeout();
}

/// How long a call may block: any std::chrono duration converts to it.
/// Zero and negative mean one attempt that never blocks; what lies beyond the clock's range means
/// for ever; a floating-point NaN throws ValueError, before the call that it was meant for.
class Timeout {
 public:
  template <class Rep, class Period>
  constexpr Timeout(std::chrono::duration<Rep, Period> d) : nanoseconds_(saturate(d)) {}

  static constexpr Timeout never() noexcept { return Timeout(kNever); }

  constexpr std::int64_t nanoseconds() const noexcept { return nanoseconds_; }
  constexpr bool is_never() const noexcept { return nanoseconds_ == kNever; }

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  constexpr explicit Timeout(std::int64_t ns) noexcept : nanoseconds_(ns) {}

  template <class Rep, class Period>
  static constexpr std::int64_t saturate(std::chrono::duration<Rep, Period> d) {
    const auto ns = std::chrono::duration<long double, std::nano>(d).count();
    if constexpr (std::is_floating_point_v<Rep>)
      if (ns != ns) detail::throw_nan_timeout();
    if (ns <= 0) return 0;
    if (ns >= static_cast<long double>(kNever)) return kNever;
    if constexpr (std::is_floating_point_v<Rep>)
      return static_cast<std::int64_t>(ns) + 1;
    else
      return std::chrono::ceil<std::chrono::nanoseconds>(d).count();
  }

  std::int64_t nanoseconds_;
};

namespace detail {

/// What is left until an instant of any clock. In long double, since the difference of two instants
/// may be beyond the range of their type.
template <class C, class D>
Timeout time_until(std::chrono::time_point<C, D> at) {
  using Wide = std::chrono::duration<long double, std::nano>;
  return Wide(at.time_since_epoch()) - Wide(C::now().time_since_epoch());
}

}  // namespace detail

/// When a wait ends at the latest: never, or an instant of the Clock. One Deadline bounds the sum
/// of all the waits that an operation is made of.
class Deadline {
 public:
  static constexpr Deadline never() noexcept { return Deadline(kNever); }
  /// Already past: one attempt, no blocking.
  static constexpr Deadline passed() noexcept { return Deadline(0); }
  static constexpr Deadline at(std::int64_t nanoseconds_of_the_clock) noexcept {
    return Deadline(nanoseconds_of_the_clock);
  }
  static Deadline at(Clock::time_point t) noexcept {
    return Deadline(t.time_since_epoch().count());
  }

  /// From now on; reads the clock only for a positive, finite timeout.
  Deadline(Timeout t) noexcept : at_(from(t)) {}

  constexpr bool is_never() const noexcept { return at_ == kNever; }
  constexpr bool is_passed() const noexcept { return at_ == 0; }
  constexpr std::int64_t nanoseconds() const noexcept { return at_; }
  friend constexpr bool operator==(Deadline, Deadline) = default;

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  constexpr explicit Deadline(std::int64_t at) noexcept : at_(at) {}

  static std::int64_t from(Timeout t) noexcept {
    if (t.is_never()) return kNever;
    if (t.nanoseconds() == 0) return 0;
    const std::int64_t now = Clock::now().time_since_epoch().count();
    return t.nanoseconds() > kNever - now ? kNever : now + t.nanoseconds();
  }

  std::int64_t at_;
};

TWILL_END
