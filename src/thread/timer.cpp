#include <twill/thread/timer.hpp>

#include <compare>
#include <new>
#include <set>

#include <twill/park/watching.hpp>
#include <twill/platform/error.hpp>

#include "park/node.hpp"
#include "thread/locks.hpp"
#include "thread/registry.hpp"
#include "thread/timer_service.hpp"

TWILL_BEGIN
namespace detail {
namespace {

using Alarm = ThreadState::Alarm;

struct Entry {
  std::int64_t due;
  std::uint64_t turn;
  ThreadState* state;
  friend auto operator<=>(const Entry&, const Entry&) = default;
};

using Pending = std::set<Entry>;

/// locks::timers is held, here and in what follows. Never destroyed: daemons outlive statics.
Pending& pending() {
  static Pending& all = *new Pending;
  return all;
}

constexpr Kind kKind{"timers", nullptr};
constexpr Kind kTimer{"Timer", nullptr};
constinit atomic<std::uint64_t> changes{0};  ///< of the earliest timer; the service waits here

/// The next timer whose time has come.
std::shared_ptr<ThreadState> take_due() noexcept {
  const std::int64_t now = Clock::now().time_since_epoch().count();
  Pending::node_type entry;  // freed after the lock
  const WordLock::Guard guard(locks::timers);
  if (pending().empty() || pending().begin()->due > now) return nullptr;
  entry = pending().extract(pending().begin());
  ThreadState& state = *entry.value().state;
  state.alarm.store(Alarm::rung, release);
  return state.shared_from_this();
}

Deadline next_due() noexcept {
  const WordLock::Guard guard(locks::timers);
  return pending().empty() ? Deadline::never() : Deadline::at(pending().begin()->due);
}

void end_unrung(ThreadState& state) noexcept {
  discard(state);
  finish(state);
}

void ring(ThreadState& state) {
  const int error = launch_thread(state);
  if (error == 0) return;
  report_exception(std::make_exception_ptr(OSError(error, "start of the timer " + name_of(state))),
                   ThreadState::handle(state.shared_from_this()));
  end_unrung(state);
}

/// The one thread that waits for all timers.
struct Service final : Runnable {
  void main() override {
    for (;;) {
      const std::uint64_t seen = changes.load(acquire);
      while (const auto state = take_due()) ring(*state);
      const Subject subject{this, &kKind, nullptr, nullptr};
      const auto changed = [&] { return changes.load(acquire) != seen; };
      await(&changes, subject, {next_due()}, changed);
    }
  }
};

constinit Service service;
constinit atomic<bool> serving{false};

int serve() noexcept {
  if (serving.load(acquire)) return 0;
  const WordLock::Guard guard(locks::service);
  if (serving.load(relaxed)) return 0;
  const int error = launch(service, {.name = "twill timers", .internal = true}).error;
  serving.store(error == 0, release);
  return error;
}

/// False if it was cancelled before.
bool set_alarm(ThreadState& state, Alarm alarm) noexcept {
  const WordLock::Guard guard(locks::timers);
  if (state.alarm.load(relaxed) == Alarm::cancelled) return false;
  state.alarm.store(alarm, release);
  return true;
}

int launch_with(ThreadState& state, Alarm alarm) noexcept {
  if (!set_alarm(state, alarm)) return end_unrung(state), 0;
  const int error = launch_thread(state);
  if (error != 0) set_alarm(state, Alarm::off);
  return error;
}

/// The service is a thread of the kernel: where threads are none, that of the timer waits itself.
int wait_by_itself(ThreadState& state) noexcept {
  state.due = Deadline(*state.delay).nanoseconds();
  return launch_with(state, Alarm::pending);
}

}  // namespace

namespace timers {

int schedule(ThreadState& state) noexcept try {
  static constinit atomic<std::uint64_t> turns{0};
  if (state.delay->nanoseconds() == 0) return launch_with(state, Alarm::rung);
  if (self_context().kind.load(relaxed)->start != nullptr) return wait_by_itself(state);
  if (const int error = serve()) return error;
  Pending fresh;  // the memory is taken and freed outside of the lock
  state.due = Deadline(*state.delay).nanoseconds();
  state.turn = turns.fetch_add(1, relaxed);
  fresh.insert({state.due, state.turn, &state});
  bool earliest = false;
  {
    const WordLock::Guard guard(locks::timers);
    if (state.alarm.load(relaxed) != Alarm::cancelled) {
      state.alarm.store(Alarm::pending, release);
      pending().insert(fresh.extract(fresh.begin()));
      earliest = pending().begin()->state == &state;
    }
  }
  if (!fresh.empty()) return end_unrung(state), 0;
  if (earliest) {
    changes.fetch_add(1, release);
    notify(&changes, 1);
  }
  return 0;
} catch (const std::bad_alloc&) {
  return ENOMEM;
}

bool await_alarm(ThreadState& state) noexcept {
  if (state.alarm.load(acquire) == Alarm::rung || !state.delay) return true;
  if (watching.load(relaxed)) observe(TWILL_LOOK, {&state, &kTimer, nullptr, nullptr});
  const auto cancelled = [&] { return state.alarm.load(acquire) == Alarm::cancelled; };
  const Subject subject{&state, &kTimer, nullptr, nullptr};
  const Outcome outcome = await(&state.due, subject, {Deadline::at(state.due)}, cancelled);
  return outcome == Outcome::timeout && set_alarm(state, Alarm::rung);
}

bool cancel(ThreadState& state, const void* site) noexcept {
  if (watching.load(relaxed)) observe(TWILL_CHANGE, {&state, &kTimer, nullptr, site});
  Pending::node_type entry;  // freed after the lock
  bool waits_by_itself = false;
  {
    const WordLock::Guard guard(locks::timers);
    const Alarm alarm = state.alarm.load(relaxed);
    if (alarm == Alarm::rung) return false;
    if (alarm == Alarm::pending) {
      entry = pending().extract({state.due, state.turn, &state});
      waits_by_itself = entry.empty();
    }
    state.alarm.store(Alarm::cancelled, release);
  }
  if (entry) end_unrung(state);
  if (!waits_by_itself) return true;
  discard(state);
  notify(&state.due, kEverybody);
  join_quietly(state, site);
  return true;
}

void after_fork() noexcept {
  for (const Entry& entry : pending()) entry.state->alarm.store(Alarm::cancelled, release);
  pending().clear();
  serving.store(false, relaxed);
}

}  // namespace timers
}  // namespace detail

bool Timer::cancel() { return detail::timers::cancel(state(), __builtin_return_address(0)); }

TWILL_END
