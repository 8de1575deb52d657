#pragma once

#include "mp/arena.hpp"
#include "platform/thread_id.hpp"

TWILL_BEGIN
namespace mp::detail {

/// word:
///
/// | bits | meaning | changed by |
/// |---|---|---|
/// | 0 | broken | a timeout, abort(), a party's death; taken away by reset() |
/// | 1-23 | trips that were completed | the last to arrive |
/// | 24-31 | era | reset() |
/// | 32-63 | who has come for this trip | each arrival |
///
/// All in one word, so that nobody can die between two halves of a change. Waiters sleep on the low
/// half.
struct BarrierState {
  static constexpr std::uint64_t kBroken = 1;
  static constexpr std::uint64_t kTrip = 2;
  static constexpr std::uint64_t kTrips = 0xff'fffe;
  static constexpr std::uint64_t kEra = 0x100'0000;
  static constexpr std::uint64_t kEras = 0xff00'0000;
  static constexpr std::uint64_t kOneMore = std::uint64_t{1} << 32;

  std::atomic<std::uint64_t> word;
  Habit habit;
  Seats parties;  ///< processes that have ever waited here, since the last reset

  const SharedWord& low_half() const noexcept {
    const void* const half = &word;
    return *static_cast<const SharedWord*>(half);
  }
  void wake_all() noexcept {
    habit.waker_cpu.store(twill::detail::current_cpu(), std::memory_order_relaxed);
    twill::detail::shared_wake(low_half(), 0x7fff'ffff);
  }

  void break_it() noexcept {
    word.fetch_or(kBroken);
    wake_all();
  }
};

}  // namespace mp::detail
TWILL_END
