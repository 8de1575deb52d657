#include "park/word_lock.hpp"

#include "park/spin.hpp"
#include "platform/futex.hpp"

TWILL_BEGIN
namespace detail::word_lock {

void lock_slow(atomic<std::uint32_t>& word) noexcept {
  constexpr int kRounds = 40;
  for (int round = 0; spinning_can_help() && round < kRounds; ++round) {
    std::uint32_t free = 0;
    if (word.load(relaxed) == 0 && word.compare_exchange_strong(free, 1, acquire, relaxed)) return;
    cpu_relax();
  }
  while (word.exchange(2, acquire) != 0) futex_wait(word, 2);
}

void wake_one(atomic<std::uint32_t>& word) noexcept { futex_wake(word); }

}  // namespace detail::word_lock
TWILL_END
