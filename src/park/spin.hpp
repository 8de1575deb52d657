#pragma once

#include <cstdint>

#include <twill/platform/atomic.hpp>

#include "platform/cpu.hpp"
#include "platform/thread_id.hpp"

TWILL_BEGIN
namespace detail {

/// False where nobody else could run meanwhile.
bool spinning_can_help() noexcept;

/// How many rounds of cpu_relax() a spin at this place shall last, learnt from how the last waits
/// ended.
///
/// Waking a thread on another core takes some 40 us and giving a core away some 2 us, so a spin of
/// at most that long costs at most twice the best choice (Karlin et al., "Competitive Randomized
/// Algorithms for Nonuniform Problems", 1990). It pays only while the other side runs on another
/// core: a wait that was ended from this core, or that outlasted its spin, shortens the next one;
/// one that slept and was ended soon from another core brings the spin back, each time less
/// readily.
class SpinBudget {
 public:
  explicit SpinBudget(atomic<std::uint32_t>& memory) noexcept : memory_(memory) {}

  std::uint32_t rounds() const noexcept;
  void succeeded() noexcept;
  void failed() noexcept;
  /// The wait slept `nanoseconds` and was ended from another core, or from this one.
  void slept(std::int64_t nanoseconds, bool by_other_core) noexcept;

 private:
  atomic<std::uint32_t>& memory_;  ///< level in the low byte, failures since, patience
};

}  // namespace detail
TWILL_END
