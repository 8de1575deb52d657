#include "park/census.hpp"

#include <algorithm>
#include <limits>

#include <twill/park/deadline.hpp>

#include "park/graph.hpp"
#include "park/standstill.hpp"
#include "park/virtual_time.hpp"
#include "platform/clock.hpp"
#include "platform/futex.hpp"

TWILL_BEGIN
namespace detail::census {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr unsigned kLooks = 4;
constexpr unsigned kSuspicious = 3;  // by then a wait lasts so long that one may guess why
constexpr std::int64_t kFirstLook = 20'000'000;  // ns; each later look waits three times as long

atomic<std::int32_t> running{0};
atomic<std::uint64_t> sleeps{0};

/// A thread that could end somebody's wait.
bool counts(const Context& context) noexcept {
  return context.kind.load(relaxed) == &thread_kind && !context.bystander.load(relaxed);
}

/// One thread that sleeps for ever gets up to look round: the one that would have done it has
/// ended.
void have_somebody_look() noexcept {
  Context* chosen = nullptr;
  for_each_context([&](Context& c) {
    if (chosen == nullptr && counts(c) && phase_of(c.state.load(acquire)) == Phase::asleep)
      chosen = &c;
  });
  if (chosen != nullptr) futex_wake(chosen->state);
}

}  // namespace

void arrived() noexcept { running.fetch_add(1, relaxed); }

void left() noexcept {
  if (running.fetch_sub(1, acq_rel) != 1) return;
  if (virtual_time::active() && virtual_time::advance()) return;
  have_somebody_look();
}

void fell_asleep(Context& context) noexcept {
  if (!counts(context)) return;
  if (virtual_time::active()) context.fell_asleep_as.store(sleeps.fetch_add(1, relaxed), relaxed);
  if (running.fetch_sub(1, acq_rel) == 1 && virtual_time::active()) virtual_time::advance();
}

void woke_up(const Context& context) noexcept {
  if (counts(context)) running.fetch_add(1, acq_rel);
}

void look_round() noexcept {
  if (running.load(relaxed) <= 0) have_somebody_look();
}

/// While others run, there can be no standstill: then the look for suspects is the only one.
std::int64_t Watch::until(std::int64_t deadline) noexcept {
  if (virtual_time::active()) deadline = kNever;  // the clock itself ends the wait
  const bool alone = running.load(relaxed) <= 0;
  if (deadline != kNever || looks_ >= (alone ? kLooks : kSuspicious)) return deadline;
  next_ = alone ? looks_ + 1 : kSuspicious;
  std::int64_t pause = 0;
  std::int64_t length = kFirstLook;
  for (unsigned look = 0; look < next_; ++look, length *= 3)
    if (look >= looks_) pause += length;
  return monotonic_now() + pause;
}

void Watch::look() noexcept {
  looks_ = next_;
  if (looks_ == kSuspicious) find_suspects(wait_);
  if (running.load(relaxed) <= 0 && find_standstill()) looks_ = kLooks;
}

void Watch::look_again() noexcept {
  if (running.load(relaxed) <= 0) looks_ = std::min(looks_, kSuspicious);
}

void after_fork() noexcept { running.store(self_id != 0 ? 1 : 0, relaxed); }

}  // namespace detail::census
TWILL_END
