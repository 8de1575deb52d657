#include <twill/mp/semaphore.hpp>

#include "mp/counted_word.hpp"

TWILL_BEGIN
namespace mp {

using detail::CountedWord;

namespace {

const twill::detail::Kind kKind{"Semaphore"};

CountedWord& permits_of(const detail::Handle& handle) noexcept {
  return detail::body_of<CountedWord>(handle.block());
}

bool take_one(CountedWord& permits) noexcept {
  std::uint64_t word = permits.both.load(std::memory_order_relaxed);
  while (CountedWord::low(word) != 0)
    if (permits.both.compare_exchange_weak(word, word - 1, std::memory_order_acquire,
                                           std::memory_order_relaxed))
      return true;
  return false;
}

}  // namespace

Semaphore::Semaphore(const char* kind, std::int64_t value, std::int64_t bound,
                     SemaphoreOptions options, std::source_location made)
    : kind_(kind), bound_(bound), label_(kind, std::move(options.name), made) {
  if (value < 0 || value > max())
    throw ValueError(label_.describe(kind) + ": the initial value must be 0 to " +
                     std::to_string(max()) + ", not " + std::to_string(value));
  permits_of(state_).both.store(static_cast<std::uint64_t>(value));
}

bool Semaphore::acquire_at(const void* site, const twill::detail::Limits& limits) {
  CountedWord& permits = permits_of(state_);
  const twill::detail::Subject subject{this, &kKind, &label_, site};
  const detail::Woken woken =
      permits.wait_until(*static_cast<detail::Block*>(state_.block()), subject, limits,
                         [&](std::uint32_t) { return take_one(permits); });
  if (woken == detail::Woken::look) return true;
  // 1. A release wakes this waiter.  2. Its time is over, and it goes.  3. Another sleeps on,
  // though there is a permit. So who goes wakes another.
  if (permits.value() != 0) permits.wake(1);
  return succeeded(woken, subject);
}

void Semaphore::release(std::int64_t n) {
  CountedWord& permits = permits_of(state_);
  std::uint64_t word = permits.both.load(std::memory_order_relaxed);
  do {
    const std::int64_t held = CountedWord::low(word);
    if (n < 1)
      throw ValueError("release(" + std::to_string(n) + ") of " + label_.describe(kind_) +
                       ": n must be 1 or more");
    if (n > bound_ - held)
      throw ValueError("release(" + std::to_string(n) + ") of " + label_.describe(kind_) +
                       ": it holds " + std::to_string(held) + " permits and may hold " +
                       std::to_string(bound_));
  } while (!permits.both.compare_exchange_weak(word, word + static_cast<std::uint64_t>(n)));
  if (CountedWord::has_sleepers(word)) permits.wake(n);
}

std::int64_t Semaphore::get_value() const noexcept { return permits_of(state_).value(); }

}  // namespace mp
TWILL_END
