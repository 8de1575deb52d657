#include "platform/clock.hpp"

#include <chrono>
#include <sched.h>

#include "model/engine.hpp"
#include "platform/cpu.hpp"

TWILL_BEGIN
namespace detail {

std::int64_t monotonic_now() noexcept {
  if (model::exploring) return model::engine.now();
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::int64_t coarse_monotonic_now() noexcept { return monotonic_now(); }

void yield_cpu() noexcept {
  if (model::exploring)
    model::engine.yield();
  else
    sched_yield();
}

void cpu_relax() noexcept { yield_cpu(); }

}  // namespace detail
TWILL_END
