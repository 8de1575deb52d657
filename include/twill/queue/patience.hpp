#pragma once

#include <chrono>
#include <concepts>
#include <stop_token>

#include <twill/park/deadline.hpp>
#include <twill/park/subject.hpp>

TWILL_BEGIN
namespace detail {

/// How long a put or a get may block: left out, for ever; a duration; until a std::stop_token is
/// asked to stop; or Python's `block`. Reads no clock before limits() is called.
class Patience {
 public:
  constexpr Patience() noexcept = default;
  constexpr Patience(Timeout timeout) noexcept : timeout_(timeout) {}
  template <class Rep, class Period>
  constexpr Patience(std::chrono::duration<Rep, Period> timeout) : timeout_(timeout) {}
  constexpr Patience(const std::stop_token& stop) noexcept : stop_(&stop) {}
  constexpr Patience(std::same_as<bool> auto block) noexcept
      : timeout_(block ? Timeout::never() : Timeout(std::chrono::seconds(0))) {}
  constexpr Patience(bool block, Timeout timeout) noexcept : Patience(block) {
    if (block) timeout_ = timeout;
  }
  constexpr Patience(Timeout timeout, const std::stop_token& stop) noexcept
      : timeout_(timeout), stop_(&stop) {}

  /// One attempt.
  constexpr bool none() const noexcept { return timeout_.nanoseconds() == 0; }
  Limits limits() const noexcept { return {Deadline(timeout_), stop_}; }

 private:
  Timeout timeout_ = Timeout::never();
  const std::stop_token* stop_ = nullptr;
};

}  // namespace detail
TWILL_END
