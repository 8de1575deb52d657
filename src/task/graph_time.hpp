#pragma once

#include <cstdint>

#include <twill/park/deadline.hpp>

#include "park/virtual_time.hpp"
#include "platform/ticks.hpp"

TWILL_BEGIN
namespace detail {

/// The present instant in ticks; those of a virtual clock if there is one.
inline std::uint64_t graph_instant() noexcept {
  if (!virtual_time::active()) [[likely]]
    return ticks();
  const auto ns = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
  return ns / 1000 * ticks_per_us() + ns % 1000 * ticks_per_us() / 1000;
}

inline std::int64_t ns_of_ticks(std::uint64_t passed) noexcept {
  return static_cast<std::int64_t>(static_cast<double>(passed) * 1e3 /
                                   static_cast<double>(ticks_per_us()));
}

}  // namespace detail
TWILL_END
