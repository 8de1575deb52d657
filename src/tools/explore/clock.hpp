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

  /// Of the first `tasks` only: there are no others yet.
  void join(const Clock& other, unsigned tasks) noexcept {
    for (unsigned i = 0; i < tasks; ++i) at[i] = std::max(at[i], other.at[i]);
  }
  void copy(const Clock& other, unsigned tasks) noexcept {
    std::copy_n(other.at.begin(), tasks, at.begin());
  }
};

}  // namespace detail::explorer
TWILL_END
