#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace mp::detail {

/// What arrived: bytes inside the packet in which they came, or a long message put together.
struct Message {
  std::unique_ptr<std::byte[]> packet;
  std::span<const std::byte> inside;
  std::vector<std::byte> together;

  std::span<const std::byte> bytes() const noexcept {
    return together.empty() ? inside : std::span<const std::byte>(together);
  }
  std::vector<std::byte> take() && {
    if (together.empty()) together.assign(inside.begin(), inside.end());
    return std::move(together);
  }
};

}  // namespace mp::detail
TWILL_END
