#pragma once

#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// What the Clock shows, in nanoseconds; up to some milliseconds late, but cheap to ask.
std::int64_t coarse_now() noexcept;

namespace virtual_time {

/// Whether a VirtualClock stands in the place of the monotonic clock.
bool active() noexcept;

/// What the clock shows from now on, in nanoseconds; 0: the time of the kernel.
void set(std::int64_t now) noexcept;

/// Nobody runs: jumps to the earliest deadline of a sleeper and ends that one's wait. Of equal
/// deadlines, the one who fell asleep first. False if nobody sleeps with a deadline.
bool advance() noexcept;

}  // namespace virtual_time
}  // namespace detail
TWILL_END
