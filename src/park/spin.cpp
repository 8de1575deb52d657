#include "park/spin.hpp"

#include <algorithm>

#include "platform/clock.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::uint32_t kNone = 7;
constexpr std::uint32_t kMostReluctant = 64;
constexpr std::int64_t kFullBudget = 50'000;  // ns: about what waking another core costs
constexpr std::uint64_t kWorthSpinning =
    150;  // us: a sleep that spinning might have saved, wake included
constexpr std::uint64_t kWorthYielding = 50;  // us: a yield that cost more met somebody else
constexpr unsigned kYields = 2;

/// The word of a place, unpacked; all zero at first.
struct Learnt {
  std::uint32_t below;  ///< how far below the full budget: each step halves it; kNone: do not spin
  std::uint32_t skip;   ///< how many sleeps to let pass before spinning again
  std::uint32_t reluctance;  ///< how many that will be the next time
  std::uint32_t turns;       ///< 0: do not yield; 1: yield; more: let so many waits less one pass
};

Learnt unpack(std::uint32_t word) noexcept {
  return {word & 0xff, word >> 8 & 0xff, word >> 16 & 0xff, word >> 24};
}
std::uint32_t pack(Learnt l) noexcept {
  return l.below | l.skip << 8 | l.reluctance << 16 | l.turns << 24;
}

std::uint32_t more(std::uint32_t reluctance) noexcept {
  return std::min(2 * reluctance + 1, kMostReluctant);
}

std::uint32_t measure_full_rounds() noexcept {
  constexpr int kSample = 64;
  std::int64_t best = std::int64_t{1} << 40;
  for (int trial = 0; trial < 3; ++trial) {
    const std::int64_t begin = monotonic_now();
    for (int i = 0; i < kSample; ++i) cpu_relax();
    best = std::min(best, monotonic_now() - begin);
  }
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(
      kFullBudget * kSample / std::max<std::int64_t>(best, 1), 100, 50'000));
}

std::uint32_t full_rounds() noexcept {
  static const std::uint32_t rounds = measure_full_rounds();
  return rounds;
}

}  // namespace

atomic<bool> one_at_a_time{false};

bool spinning_can_help() noexcept { return usable_cpus() > 1 && !one_at_a_time.load(relaxed); }

std::uint32_t SpinBudget::rounds() const noexcept {
  const std::uint32_t below = unpack(memory_.load(relaxed)).below;
  return below >= kNone || !spinning_can_help() ? 0 : full_rounds() >> below;
}

std::uint32_t SpinBudget::rounds_of(std::int64_t nanoseconds) noexcept {
  return static_cast<std::uint32_t>(
      std::max<std::int64_t>(nanoseconds * full_rounds() / kFullBudget, 1));
}

void SpinBudget::succeeded() noexcept {
  const Learnt l = unpack(memory_.load(relaxed));
  if (l.below == 0 && l.reluctance == 0) return;
  memory_.store(pack({l.below > 0 ? l.below - 1 : 0, 0, l.reluctance / 2, 0}), relaxed);
}

void SpinBudget::failed() noexcept {
  const Learnt l = unpack(memory_.load(relaxed));
  if (l.below >= kNone) return;
  memory_.store(pack({std::min(l.below + 2, kNone), l.reluctance, l.reluctance, l.turns}), relaxed);
}

unsigned SpinBudget::yields() noexcept {
  const Learnt l = unpack(memory_.load(relaxed));
  if (l.turns == 0 || !spinning_can_help()) return 0;
  if (l.turns == 1) return kYields;
  memory_.store(pack({l.below, l.skip, l.reluctance, l.turns - 1}), relaxed);
  return 0;
}

void SpinBudget::yielded(bool helped, std::uint64_t us) noexcept {
  const Learnt l = unpack(memory_.load(relaxed));
  const std::uint32_t reluctance =
      helped && us < kWorthYielding ? l.reluctance / 2 : more(l.reluctance);
  if (reluctance == l.reluctance && l.turns == reluctance + 1) return;
  memory_.store(pack({l.below, l.skip, reluctance, reluctance + 1}), relaxed);
}

void SpinBudget::slept(std::uint64_t us, bool by_other_core) noexcept {
  const Learnt l = unpack(memory_.load(relaxed));
  if (!by_other_core) {
    if (l.turns == 0) memory_.store(pack({kNone, l.skip, l.reluctance, 1}), relaxed);
  } else if (us < kWorthSpinning && l.below != 0) {
    if (l.skip > 0)
      memory_.store(pack({l.below, l.skip - 1, l.reluctance, l.turns}), relaxed);
    else
      memory_.store(pack({0, 0, more(l.reluctance), 0}), relaxed);
  }
}

}  // namespace detail
TWILL_END
