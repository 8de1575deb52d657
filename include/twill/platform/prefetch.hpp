#pragma once

#include <cstddef>
#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Asks for the cache line so many bytes behind an address, to be written soon. Whether there is
/// any memory does not matter.
TWILL_INLINE void prefetch_to_write(const void* from, std::size_t distance) noexcept {
  const auto* address =
      reinterpret_cast<const char*>(reinterpret_cast<std::uintptr_t>(from) + distance);
#if defined(__x86_64__)
  asm volatile("prefetchw %0" : : "m"(*address));
#else
  __builtin_prefetch(address, 1);
#endif
}

}  // namespace detail
TWILL_END
