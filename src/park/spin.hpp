#pragma once

#include <cstdint>

#include <twill/platform/atomic.hpp>

#include "platform/clock.hpp"
#include "platform/cpu.hpp"
#include "platform/thread_id.hpp"
#include "platform/ticks.hpp"

TWILL_BEGIN
namespace detail {

/// Contexts take turns: nobody runs while another spins.
extern atomic<bool> one_at_a_time;

/// False where nobody else could run meanwhile.
bool spinning_can_help() noexcept;

/// How long a wait at this place shall spin, or whether it shall yield, before it sleeps; learnt
/// from how the last waits ended.
///
/// Waking a thread on another core takes some 40 us and giving a core away some 2 us, so a spin of
/// at most that long costs at most twice the best choice (Karlin et al., "Competitive Randomized
/// Algorithms for Nonuniform Problems", 1990). It pays only while the other side runs on another
/// core: a wait that outlasted its spin shortens the next one; one that slept and was ended soon
/// from another core brings the spin back, each time less readily. A wait that was ended from its
/// own core need not spin: there, two yields change over to the other side for less than a sleep
/// and a wake-up cost. They too become rare where they do not help.
class SpinBudget {
 public:
  explicit SpinBudget(atomic<std::uint32_t>& memory) noexcept : memory_(memory) {}

  /// How many rounds of cpu_relax() to spin.
  std::uint32_t rounds() const noexcept;
  /// How many rounds last for about so long; at least one.
  static std::uint32_t rounds_of(std::int64_t nanoseconds) noexcept;
  void succeeded() noexcept;
  void failed() noexcept;

  /// How many yields to try after that. Asked once a wait.
  unsigned yields() noexcept;
  void yielded(bool helped, std::uint64_t us) noexcept;

  /// The wait slept so long and was ended from another core, or from this one.
  void slept(std::uint64_t us, bool by_other_core) noexcept;

 private:
  atomic<std::uint32_t>& memory_;
};

/// Yields as often as `budget` says until `done`, and lets the budget learn. True if `done`.
template <class Done>
bool yield_until(Done&& done, SpinBudget budget) noexcept {
  const unsigned yields = budget.yields();
  if (yields == 0) return false;
  const std::uint64_t begin = ticks();
  bool helped = false;
  for (unsigned i = 0; i < yields && !helped; ++i) {
    yield_cpu();
    helped = done();
  }
  budget.yielded(helped, (ticks() - begin) / ticks_per_us());
  return helped;
}

/// Spins, then yields, as `budget` says until `done`, and lets the budget learn. True if `done`.
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
  return done() || yield_until(done, budget);
}

}  // namespace detail
TWILL_END
