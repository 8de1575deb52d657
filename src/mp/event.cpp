#include <twill/mp/event.hpp>

#include "mp/counted_word.hpp"

TWILL_BEGIN
namespace mp {

using detail::CountedWord;

namespace {

const twill::detail::Kind kKind{"Event"};

/// The word: bit 0 set; the others count how often it was.
constexpr std::uint32_t kSet = 1;
constexpr std::uint32_t kOnce = 2;

CountedWord& flag_of(const detail::Handle& handle) noexcept {
  return detail::body_of<CountedWord>(handle.block());
}

}  // namespace

bool Event::is_set() const noexcept { return (flag_of(state_).value() & kSet) != 0; }

// Also wakes if it was set already: who did that may not have come to the waking.
void Event::set() noexcept {
  CountedWord& flag = flag_of(state_);
  std::uint64_t word = flag.both.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    const std::uint32_t low = CountedWord::low(word);
    next = word - low + ((low & kSet) != 0 ? low : static_cast<std::uint32_t>(low + kOnce) | kSet);
  } while (!flag.both.compare_exchange_weak(word, next));
  if (CountedWord::has_sleepers(word)) flag.wake(0x7fff'ffff);
}

void Event::clear() noexcept { flag_of(state_).both.fetch_and(~std::uint64_t{kSet}); }

bool Event::wait_at(const void* site, const twill::detail::Limits& limits) {
  const twill::detail::Subject subject{this, &kKind, &label_, site};
  const std::uint32_t before = flag_of(state_).value();
  const auto was_set = [=](std::uint32_t now) {
    return (now & kSet) != 0 || (now & ~kSet) != (before & ~kSet);
  };
  return succeeded(flag_of(state_).wait_until(*static_cast<detail::Block*>(state_.block()), subject,
                                              limits, was_set),
                   subject);
}

bool Event::try_wait(Timeout timeout, const std::stop_token& stop) {
  try {
    return wait_at(twill::detail::here(), {timeout, &stop});
  } catch (const CancelledError&) {
    return false;
  }
}

}  // namespace mp
TWILL_END
