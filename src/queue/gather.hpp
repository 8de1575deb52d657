#pragma once

#include <algorithm>
#include <cstdint>

#include "park/spin.hpp"
#include "platform/cpu.hpp"

TWILL_BEGIN
namespace detail {

/// A short spin before a wait at one end of a queue. Answers as soon as the other end has stood
/// still for a moment after it did something, or has done `enough`: two ends that meet at every
/// single item would pass cache lines to and fro all the time. progress(): how much it has done.
template <class Progress>
void gather(SpinBudget budget, std::uint64_t enough, Progress&& progress) noexcept {
  constexpr std::uint32_t kRounds = 64;
  constexpr std::uint32_t kLongestPause = 16;
  if (budget.rounds() == 0) {  // the other side needs this core
    yield_until([&] { return progress() != 0; }, budget);
    return;
  }
  std::uint64_t seen = 0;
  std::uint32_t pause = 1;
  for (std::uint32_t spent = 0; spent < kRounds; spent += pause) {
    for (std::uint32_t i = 0; i < pause; ++i) cpu_relax();
    const std::uint64_t now = progress();
    if (now >= enough || (now != 0 && now == seen)) return;
    pause = now == 0    ? 1 + spent / 8
            : seen == 0 ? std::max(4u, 2 * pause)
                        : std::min(2 * pause, kLongestPause);
    if (now != seen) spent = 0;
    seen = now;
  }
}

}  // namespace detail
TWILL_END
