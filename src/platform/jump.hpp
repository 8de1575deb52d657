#pragma once

#include <cstddef>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// What whoever is jumped to finds: where the other stands now, and what it gave along.
struct Arrival {
  void* from;
  void* data;
};

/// The position from which `entry` runs on a stack. Entered once; it never returns.
void* first_position(std::byte* stack, std::size_t size, void (*entry)(Arrival)) noexcept;

/// Goes on at `position`, which is used up by that. Returns when somebody jumps back.
Arrival jump_to(void* position, void* data) noexcept;

}  // namespace detail
TWILL_END
