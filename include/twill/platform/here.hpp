#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// The address of the next instruction. Inlined into a primitive that is inlined into its user, it
/// names the user's line.
TWILL_INLINE const void* here() noexcept {
  const void* ip;
#if defined(__x86_64__)
  asm("lea 0(%%rip), %0" : "=r"(ip));
#elif defined(__aarch64__)
  asm("adr %0, ." : "=r"(ip));
#else
  ip = __builtin_extract_return_addr(__builtin_return_address(0));
#endif
  return ip;
}

}  // namespace detail
TWILL_END
