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
  /// How many rounds last for about so long; at least one.
  static std::uint32_t rounds_of(std::int64_t nanoseconds) noexcept;
  void succeeded() noexcept;
  void failed() noexcept;
  /// The wait slept so long and was ended from another core, or from this one.
  void slept(std::uint64_t us, bool by_other_core) noexcept;

 private:
  atomic<std::uint32_t>& memory_;  ///< level in the low byte, failures since, patience
};

/// Spins for `budget` until `done`, and lets the budget learn. True if `done`.
template <class Done>
bool spin_until(Done&& done, SpinBudget budget) noexcept {
  const std::uint32_t rounds = budget.rounds();
  for (std::uint32_t round = 0; round < rounds; ++round) {
    if (done()) {
      budget.succeeded();
      return true;
    }
    cpu_relax();
  }
  if (rounds > 0) budget.failed();
  return done();
}

}  // namespace detail
TWILL_END
