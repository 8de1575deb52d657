#include <twill/park/clock.hpp>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include <twill/platform/error.hpp>

#include "park/node.hpp"
#include "park/virtual_time.hpp"
#include "platform/clock.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr Kind kSleep{"sleep", nullptr};

atomic<std::int64_t> virtual_now{0};  ///< 0: the kernel's clock rules

/// The sleeper with the earliest deadline; the longest asleep among equals.
Context* next_due() noexcept {
  Context* best = nullptr;
  const auto due = [](const Context& c) { return c.waits_until.load(relaxed); };
  const auto since = [](const Context& c) { return c.fell_asleep_as.load(relaxed); };
  for_each_context([&](Context& c) {
    if (c.bystander.load(relaxed) || c.kind.load(relaxed) != &thread_kind ||
        phase_of(c.state.load(acquire)) != Phase::asleep)
      return;
    if (due(c) == std::numeric_limits<std::int64_t>::max()) return;
    if (best == nullptr || due(c) < due(*best) || (due(c) == due(*best) && since(c) < since(*best)))
      best = &c;
  });
  return best;
}

void sleep_within(const Limits& limits, const void* site) {
  if (limits.deadline.is_passed()) return yield_cpu();
  const Subject subject{nullptr, &kSleep, nullptr, site};
  Context& self = self_context();
  Outcome outcome;
  {
    const Blocking blocking(self);
    Wait wait(self, subject, limits);
    wait.arm();
    outcome = wait.block(&wait);
  }
  succeeded(outcome, subject);
}

}  // namespace

void throw_nan_timeout() { throw ValueError("a timeout must be a number, not NaN"); }

std::int64_t coarse_now() noexcept {
  const std::int64_t virtual_ns = virtual_now.load(relaxed);
  return virtual_ns != 0 ? virtual_ns : coarse_monotonic_now();
}

bool virtual_time::active() noexcept { return virtual_now.load(relaxed) != 0; }

void virtual_time::set(std::int64_t now) noexcept { virtual_now.store(now, relaxed); }

bool virtual_time::advance() noexcept {
  Context* context = next_due();
  if (context == nullptr) return false;
  const std::int64_t due = context->waits_until.load(relaxed);
  if (due > virtual_now.load(relaxed)) virtual_now.store(due, relaxed);
  return claim_and_wake({context, epoch_of(context->state.load(relaxed))}, Outcome::timeout);
}

}  // namespace detail

Clock::time_point Clock::now() noexcept {
  const std::int64_t virtual_ns = detail::virtual_now.load(detail::relaxed);
  return time_point(duration(virtual_ns != 0 ? virtual_ns : detail::monotonic_now()));
}

void sleep(Timeout t) { detail::sleep_within({t}, __builtin_return_address(0)); }

void sleep(Timeout t, const std::stop_token& stop) {
  detail::sleep_within({t, &stop}, __builtin_return_address(0));
}

VirtualClock::VirtualClock() {
  std::int64_t none = 0;
  detail::self();
  if (!detail::virtual_now.compare_exchange_strong(none, detail::monotonic_now()))
    throw RuntimeError("there is a VirtualClock already: use that one, or end it first");
}

VirtualClock::~VirtualClock() { detail::virtual_now.store(0); }

namespace {

[[gnu::constructor(102)]] void obey_environment() {
  const char* wanted = std::getenv("TWILL_CLOCK");
  alignas(VirtualClock) static std::byte place[sizeof(VirtualClock)];  // there for ever
  if (wanted != nullptr && std::strcmp(wanted, "virtual") == 0) new (place) VirtualClock;
}

}  // namespace
TWILL_END
