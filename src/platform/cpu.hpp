#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

#if defined(TWILL_MODEL)
/// Lets another thread of the model go on.
void cpu_relax() noexcept;
#else
/// Tells the processor that this is a spin loop.
inline void cpu_relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}
#endif

}  // namespace detail
TWILL_END
