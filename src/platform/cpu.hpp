#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Tells the processor that this is a spin loop.
inline void cpu_relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace detail
TWILL_END
