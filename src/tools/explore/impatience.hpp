#pragma once

#include <cstdint>
#include <ctime>
#include <sys/types.h>

#include <twill/park/deadline.hpp>

TWILL_BEGIN
namespace detail::explorer {

/// Whether a thread that makes no step sleeps, or computes, for too long. What the machine does not
/// let run is spared.
class Impatience {
 public:
  /// It runs from now on; both numbers are the kernel's. `clock` counts what it computes.
  Impatience(pid_t process, pid_t thread, clockid_t clock, Timeout patience) noexcept
      : process_(process), thread_(thread), clock_(clock), patience_(patience.nanoseconds()) {}

  /// How long to wait before the next look.
  std::int64_t nanoseconds() const noexcept { return patience_ / kLooks; }
  int milliseconds() const noexcept;

  /// After so many steps: "sleeps" or "loops" for too long, or null.
  const char* look(std::uint64_t steps);

 private:
  static constexpr int kLooks = 10;  ///< within the time of patience

  bool is_asleep() const;
  std::int64_t computed() const noexcept;

  const pid_t process_;
  const pid_t thread_;
  const clockid_t clock_;
  const std::int64_t patience_;
  std::uint64_t steps_ = ~std::uint64_t{0};
  std::int64_t began_ = 0;  ///< what it had computed at the last step
  std::int64_t last_ = 0;   ///< at the last look
  int asleep_ = 0;          ///< looks since then
};

}  // namespace detail::explorer
TWILL_END
