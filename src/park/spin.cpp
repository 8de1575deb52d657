#include "park/spin.hpp"

#include <algorithm>

#include "platform/clock.hpp"

TWILL_BEGIN
namespace detail {
namespace {

// The word: how far below the full budget (0 = full, kNone = do not spin), how many more sleeps to
// let pass before spinning again, and how many that will be the next time.
constexpr std::uint32_t kNone = 7;
constexpr std::uint32_t kMostReluctant = 64;
constexpr std::int64_t kFullBudget = 50'000;  // ns: about what waking another core costs
constexpr std::int64_t kWorthSpinning =
    150'000;  // ns: a sleep that spinning might have saved, wake included

struct Learnt {
  std::uint32_t below;
  std::uint32_t skip;
  std::uint32_t reluctance;
};

Learnt unpack(std::uint32_t word) noexcept {
  return {word & 0xff, word >> 8 & 0xff, word >> 16 & 0xff};
}
std::uint32_t pack(Learnt l) noexcept { return l.below | l.skip << 8 | l.reluctance << 16; }

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

bool spinning_can_help() noexcept { return usable_cpus() > 1; }

std::uint32_t SpinBudget::rounds() const noexcept {
  const std::uint32_t below = unpack(memory_.load(relaxed)).below;
  return below >= kNone || !spinning_can_help() ? 0 : full_rounds() >> below;
}

std::uint32_t SpinBudget::rounds_of(std::int64_t nanoseconds) noexcept {
  return static_cast<std::uint32_t>(
      std::max<std::int64_t>(nanoseconds * full_rounds() / kFullBudget, 1));
}

void SpinBudget::succeeded() noexcept {
  Learnt l = unpack(memory_.load(relaxed));
  if (l.below == 0 && l.reluctance == 0) return;
  memory_.store(pack({l.below > 0 ? l.below - 1 : 0, 0, l.reluctance / 2}), relaxed);
}

void SpinBudget::failed() noexcept {
  Learnt l = unpack(memory_.load(relaxed));
  if (l.below >= kNone) return;
  memory_.store(pack({std::min(l.below + 2, kNone), l.reluctance, l.reluctance}), relaxed);
}

void SpinBudget::slept(std::uint64_t us, bool by_other_core) noexcept {
  Learnt l = unpack(memory_.load(relaxed));
  if (!by_other_core) {
    if (l.below != kNone) memory_.store(pack({kNone, l.skip, l.reluctance}), relaxed);
  } else if (us < kWorthSpinning && l.below != 0) {
    if (l.skip > 0)
      memory_.store(pack({l.below, l.skip - 1, l.reluctance}), relaxed);
    else
      memory_.store(pack({0, 0, std::min(2 * l.reluctance + 1, kMostReluctant)}), relaxed);
  }
}

}  // namespace detail
TWILL_END
