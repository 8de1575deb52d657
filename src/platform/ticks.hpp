#pragma once

#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// A steady counter that is cheaper to read than the clock (some 10 ns). Ticks of different cores
/// agree.
std::uint64_t ticks() noexcept;

/// How many ticks make a microsecond; measured at start-up, at least 1.
std::uint64_t ticks_per_us() noexcept;

}  // namespace detail
TWILL_END
