#pragma once

#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Nanoseconds of the kernel's monotonic clock.
std::int64_t monotonic_now() noexcept;

/// The same up to some milliseconds late, for a quarter of the cost.
std::int64_t coarse_monotonic_now() noexcept;

/// Gives the processor to somebody else once.
void yield_cpu() noexcept;

}  // namespace detail
TWILL_END
