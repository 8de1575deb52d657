#include "park/wait.hpp"

#include <memory>
#include <optional>
#include <stop_token>

#include <twill/park/bucket.hpp>
#include <twill/park/watching.hpp>
#include <twill/platform/error.hpp>

#include "park/census.hpp"
#include "park/graph.hpp"
#include "park/spin.hpp"
#include "platform/futex.hpp"
#include "platform/ticks.hpp"

TWILL_BEGIN
namespace detail {

Wait::Wait(Context& c, const Subject& s, const Limits& l) noexcept
    : context(c), subject(s), limits(l) {}

void Wait::arm() noexcept {
  epoch = epoch_of(context.state.load(relaxed)) + 1;
  context.state.store(make_state(epoch, Phase::waiting), release);
}

Outcome Wait::conclude() noexcept {
  if (published) {
    context.waits_for.store(nullptr, release);
    published = false;
  }
  const auto phase = static_cast<std::uint64_t>(phase_of(context.state.load(acquire)));
  return static_cast<Outcome>(phase - static_cast<std::uint64_t>(Phase::ready));
}

bool claim(Waiter waiter, Outcome outcome, bool& must_wake) noexcept {
  atomic<std::uint64_t>& word = waiter.context->state;
  std::uint64_t state = word.load(relaxed);
  for (;;) {
    const Phase phase = phase_of(state);
    if (epoch_of(state) != waiter.epoch || (phase != Phase::waiting && phase != Phase::asleep))
      return false;
    must_wake = phase == Phase::asleep;
    if (word.compare_exchange_weak(state, make_state(waiter.epoch, claimed(outcome)), acq_rel,
                                   relaxed))
      break;
  }
  if (must_wake) {
    waiter.context->waker_cpu.store(current_cpu(), relaxed);
    census::woke_up(*waiter.context);
  }
  return true;
}

namespace {

bool spins(std::uint64_t state, std::uint32_t epoch) noexcept {
  return static_cast<std::uint32_t>(epoch_of(state)) == epoch && phase_of(state) == Phase::waiting;
}

}  // namespace

bool is_spinning(const Context& context, std::uint32_t epoch) noexcept {
  return spins(context.state.load(relaxed), epoch);
}

bool claim_spinner(Context& context, std::uint32_t epoch) noexcept {
  std::uint64_t state = context.state.load(relaxed);
  return spins(state, epoch) &&
         context.state.compare_exchange_strong(
             state, make_state(epoch_of(state), claimed(Outcome::ready)), acq_rel, relaxed);
}

bool claim_current(Context& context, Outcome outcome, bool& must_wake) noexcept {
  return claim({&context, epoch_of(context.state.load(relaxed))}, outcome, must_wake);
}

void wake(Context& context) noexcept { context.kind.load(relaxed)->wake(context); }

bool claim_and_wake(Waiter waiter, Outcome outcome) noexcept {
  bool must_wake = false;
  if (!claim(waiter, outcome, must_wake)) return false;
  if (must_wake) wake(*waiter.context);
  return true;
}

namespace {

void publish(Wait& wait, const void* key) noexcept {
  Context& c = wait.context;
  c.waits_epoch.store(wait.epoch, relaxed);
  c.waits_until.store(wait.limits.deadline.nanoseconds(), relaxed);
  c.waits_certainly.store(wait.limits.unbounded(), relaxed);
  c.waits_since.store(ticks(), relaxed);
  if (!wait.subject.kind->has_owners())
    c.waits_for.store(key, release);
  else  // before the walk reads other contexts' slots: of two, one sees the other
    c.waits_for.store(key, seq_cst);
  wait.published = true;
}

bool is_claimed(const Wait& wait) noexcept {
  const Phase phase = phase_of(wait.context.state.load(acquire));
  return phase != Phase::waiting && phase != Phase::asleep;
}

/// Ends the wait of its owner when stop is requested.
struct StopClaim {
  Waiter waiter;
  void operator()() const noexcept { claim_and_wake(waiter, Outcome::stopped); }
};

void on_signal(Wait& wait) noexcept {
  if (wait.subject.exempt) return;
  const Hooks* hooks = wait.context.hooks;
  if (hooks != nullptr && hooks->on_interrupt != nullptr && hooks->on_interrupt(hooks->data))
    claim_and_wake(wait.waiter(), Outcome::interrupted);
}

void sleep_in_kernel(Wait& wait) noexcept {
  const std::uint64_t asleep = make_state(wait.epoch, Phase::asleep);
  const std::int64_t until = wait.limits.deadline.nanoseconds();
  census::Watch watch(wait);
  while (wait.context.state.load(acquire) == asleep) {
    const std::int64_t wake_at = watch.until(until);
    switch (futex_wait(wait.context.state, asleep, wake_at)) {
      case FutexResult::timeout:
        if (wake_at == until)
          claim_and_wake(wait.waiter(), Outcome::timeout);
        else
          watch.look();
        break;
      case FutexResult::interrupted:
        on_signal(wait);
        break;
      case FutexResult::woken:
        watch.look_again();
        break;
    }
  }
}

void block_thread(Context& context, Wait& wait) noexcept {
  if (!wait.fall_asleep()) return;
  census::fell_asleep(context);
  sleep_in_kernel(wait);
}

void wake_thread(Context& context) noexcept { futex_wake(context.state); }

}  // namespace

const ContextKind thread_kind{block_thread, wake_thread};

bool Wait::suspend(const void* key) noexcept {
  observe(TWILL_SLEEP, subject, &limits);
  publish(*this, key);
  if (subject.kind->has_owners() && limits.unbounded()) find_deadlock(*this, key);
  return fall_asleep();
}

bool Wait::fall_asleep() noexcept {
  std::uint64_t expected = make_state(epoch, Phase::waiting);
  return context.state.compare_exchange_strong(expected, make_state(epoch, Phase::asleep), acq_rel,
                                               acquire);
}

bool Wait::spin(const void* key) noexcept {
  if (limits.deadline.is_passed()) claim_and_wake(waiter(), Outcome::timeout);
  return spin_until([this] { return is_claimed(*this); }, SpinBudget(bucket_of(key).spin));
}

bool Wait::renew() noexcept {
  std::uint64_t expected = make_state(epoch, Phase::waiting);
  if (!context.state.compare_exchange_strong(expected, make_state(epoch + 1, Phase::waiting),
                                             acq_rel, acquire))
    return false;
  ++epoch;
  return true;
}

Outcome Wait::block(const void* key) noexcept {
  observe(TWILL_SLEEP, subject, &limits);
  publish(*this, key);
  if (subject.kind->has_owners() && limits.unbounded()) find_deadlock(*this, key);
  std::optional<std::stop_callback<StopClaim>> on_stop;
  if (limits.stop != nullptr && limits.stop->stop_possible())
    on_stop.emplace(*limits.stop, StopClaim{waiter()});
  context.kind.load(relaxed)->block(context, *this);
  const std::uint64_t slept = ticks() - context.waits_since.load(relaxed);
  SpinBudget(bucket_of(key).spin)
      .slept(slept / ticks_per_us(), context.waker_cpu.load(relaxed) != current_cpu());
  on_stop.reset();
  return conclude();
}

bool succeeded(Outcome outcome, const Subject& subject) {
  switch (outcome) {
    case Outcome::ready:
      return true;
    case Outcome::timeout:
      return false;
    case Outcome::stopped:
      throw CancelledError("stop was requested while waiting for " + subject.describe());
    case Outcome::interrupted:
      break;
  }
  throw_interrupted(subject);
}

void throw_interrupted(const Subject& subject) {
  const std::unique_ptr<const Verdict> verdict(self_context().verdict.exchange(nullptr, acquire));
  if (verdict == nullptr)
    throw InterruptedError("a signal handler ended the wait for " + subject.describe());
  if (verdict->owner_vanished) throw OwnerVanished(verdict->text);
  throw DeadlockError(verdict->text);
}

}  // namespace detail
TWILL_END
