#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// The innermost instruction outside std and twill that leads to `instruction`, which runs now.
/// Learns what lies where: slow the first time, some ten nanoseconds later on.
TWILL_API const void* outside_of_libraries(const void* instruction) noexcept;

/// The address of the next instruction. Inlined into a primitive that is inlined into its user, it
/// names the user's line, also through std's guards. Builds without optimisation, or with
/// TWILL_WALK_SITES defined, inline less, so there it walks out of them.
TWILL_INLINE const void* here() noexcept {
  const void* ip;
#if defined(__x86_64__)
  asm volatile("lea 0(%%rip), %0" : "=r"(ip));  // volatile: two of them are never one
#elif defined(__aarch64__)
  asm volatile("adr %0, ." : "=r"(ip));
#else
  ip = __builtin_extract_return_addr(__builtin_return_address(0));
#endif
#if !defined(__OPTIMIZE__) || defined(TWILL_WALK_SITES)
  ip = outside_of_libraries(ip);
#endif
  return ip;
}

}  // namespace detail
TWILL_END
