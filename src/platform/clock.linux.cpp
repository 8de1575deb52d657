#include "platform/clock.hpp"

#include <ctime>
#include <sched.h>

TWILL_BEGIN
namespace detail {

namespace {

std::int64_t read(clockid_t clock) noexcept {
  timespec t;
  clock_gettime(clock, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

std::int64_t monotonic_now() noexcept { return read(CLOCK_MONOTONIC); }

std::int64_t coarse_monotonic_now() noexcept { return read(CLOCK_MONOTONIC_COARSE); }

void yield_cpu() noexcept { sched_yield(); }

}  // namespace detail
TWILL_END
