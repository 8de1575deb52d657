#include "platform/ticks.hpp"

#include <algorithm>

#include "platform/clock.hpp"

TWILL_BEGIN
namespace detail {
namespace {

std::uint64_t measured() noexcept {
  constexpr std::int64_t kSample = 20'000;  // ns
  const std::int64_t begin = monotonic_now();
  const std::uint64_t first = ticks();
  std::int64_t elapsed = 0;
  while ((elapsed = monotonic_now() - begin) < kSample) {
  }
  const std::uint64_t counted = ticks() - first;
  return std::max<std::uint64_t>(counted * 1000 / static_cast<std::uint64_t>(elapsed), 1);
}

}  // namespace

std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t value;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#else
  return static_cast<std::uint64_t>(monotonic_now());
#endif
}

std::uint64_t ticks_per_us() noexcept {
  static const std::uint64_t per_us = measured();
  return per_us;
}

}  // namespace detail
TWILL_END
