#include <twill/sync/event.hpp>

#include <twill/platform/error.hpp>

#include "park/node.hpp"

TWILL_BEGIN

void Event::last_setter(const void* event, detail::Owners& out) {
  const std::uint64_t word = static_cast<const Event*>(event)->word_.load(detail::relaxed);
  out.add(out, static_cast<std::uint32_t>(word >> kSetterShift), nullptr, false);
}

constexpr detail::Kind Event::kKind{
    "Event", last_setter, "set it last", [](const void* event, std::uint32_t) {
      return (static_cast<const Event*>(event)->word_.load(detail::acquire) & kSet) != 0;
    }};

void Event::tell(twill_operation operation, const void* site) const noexcept {
  detail::observe(operation, {this, &kKind, &label_, site});
}

/// The flag goes up under the lock of the bucket, together with the decision who is woken: a waiter
/// that comes after a clear() is none of this call's.
void Event::set_slow() noexcept {
  if (word_.load(detail::relaxed) & kWatched)
    detail::observe(TWILL_NOTIFY, {this, &kKind, &label_, __builtin_return_address(0)});
  const auto raise = [](void* event) noexcept {
    auto& word = static_cast<Event*>(event)->word_;
    const std::uint64_t watched = word.load(detail::relaxed) & kWatched;
    word.exchange(set_by(detail::self_id) | watched, detail::acq_rel);
  };
  detail::notify(this, detail::kEverybody, raise, this);
}

bool Event::wait_at(const void* site, const detail::Limits& limits) {
  const detail::Subject subject{this, &kKind, &label_, site};
  if (word_.load(detail::relaxed) & kWatched) detail::observe(TWILL_WAIT, subject, &limits);
  const auto flag_is_up = [this] { return (word_.load(detail::acquire) & kSet) != 0; };
  const auto will_wait = [this] { return (word_.fetch_or(kWaiters, detail::acq_rel) & kSet) != 0; };
  return succeeded(detail::await(this, subject, limits, flag_is_up, will_wait), subject);
}

bool Event::try_wait(Timeout timeout, const std::stop_token& stop) {
  if (is_up()) return true;
  try {
    return wait_at(__builtin_return_address(0), {timeout, &stop});
  } catch (const CancelledError&) {
    return false;
  }
}

TWILL_END
