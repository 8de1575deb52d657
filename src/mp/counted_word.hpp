#pragma once

#include "mp/shared_wait.hpp"
#include "park/spin.hpp"
#include "platform/thread_id.hpp"

TWILL_BEGIN
namespace mp::detail {

/// A futex word and, in the other half, how many may sleep on it: one operation changes the first
/// and reads the second. Of those who are killed asleep the number keeps one each, which costs the
/// others a system call and nothing else.
struct CountedWord {
  static constexpr std::uint64_t kSleeper = std::uint64_t{1} << 32;

  std::atomic<std::uint64_t> both;
  Habit habit;

  static std::uint32_t low(std::uint64_t word) noexcept { return static_cast<std::uint32_t>(word); }
  static bool has_sleepers(std::uint64_t word) noexcept { return word >= kSleeper; }

  const SharedWord& futex() const noexcept {
    const void* const low_half = &both;  // of a little-endian machine
    return *static_cast<const SharedWord*>(low_half);
  }
  std::uint32_t value() const noexcept { return low(both.load(std::memory_order_acquire)); }
  void wake(std::int64_t n) noexcept {
    habit.waker_cpu.store(twill::detail::current_cpu(), std::memory_order_relaxed);
    twill::detail::shared_wake(futex(), static_cast<int>(n < 0x7fff'ffff ? n : 0x7fff'ffff));
  }

  /// Sleeps until `done(value)`, which may change the word. The value is read again after the
  /// sleeper is counted: else whoever changes it between would wake nobody.
  template <class Done>
  Woken wait_until(Block& block, const Subject& subject, const Limits& limits, Done done) {
    if (done(value())) return Woken::look;
    if (limits.deadline.is_passed()) return Woken::timeout;
    const auto is_done = [&] { return done(value()); };
    if (twill::detail::spin_until(is_done, twill::detail::SpinBudget(habit.spin)))
      return Woken::look;
    SharedWait wait(block, subject, limits, habit);
    both.fetch_add(kSleeper);
    Woken woken = Woken::look;
    for (;;) {
      const std::uint32_t seen = value();
      if (done(seen)) break;
      woken = wait.sleep(futex(), seen);
      if (woken != Woken::look) break;
    }
    both.fetch_sub(kSleeper);
    return woken;
  }
};
static_assert(sizeof(std::atomic<std::uint64_t>) == 8);

}  // namespace mp::detail
TWILL_END
