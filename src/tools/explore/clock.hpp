#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail::explorer {

inline constexpr unsigned kMostTasks = 32;

/// A vector clock (Mattern 1989): for each task, up to which of its moments everything happened
/// before.
struct Clock {
  std::array<std::uint32_t, kMostTasks> at{};

  void join(const Clock& other) noexcept {
    for (unsigned i = 0; i < kMostTasks; ++i) at[i] = std::max(at[i], other.at[i]);
  }
};

}  // namespace detail::explorer
TWILL_END
