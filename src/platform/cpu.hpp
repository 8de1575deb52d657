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

/// What `word` holds; read when all see what the caller stored before its last atomic exchange, of
/// whatever word. Who changes `word` by an atomic exchange, and then reads what was stored, sees
/// it, or was seen.
template <class Word>
auto load_after_exchange(Word& word) noexcept {
#if defined(__x86_64__)
  asm volatile("" ::: "memory");  // the exchange was a fence
  return word.load();
#else
  return word.fetch_or(0);
#endif
}

}  // namespace detail
TWILL_END
