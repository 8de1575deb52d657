#include "platform/clock.hpp"

#include <ctime>
#include <sched.h>

TWILL_BEGIN
namespace detail {

std::int64_t monotonic_now() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

void yield_cpu() noexcept { sched_yield(); }

}  // namespace detail
TWILL_END
