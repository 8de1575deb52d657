#include "thread/state.hpp"

#include <cstring>
#include <source_location>

#include <twill/park/watching.hpp>
#include <twill/platform/error.hpp>

#include "park/node.hpp"
#include "thread/exit.hpp"
#include "thread/locks.hpp"
#include "thread/registry.hpp"
#include "thread/timer_service.hpp"

TWILL_BEGIN
namespace detail {
namespace {

/// Only the thread itself can end its joiners' waits.
void owners(const void* object, Owners& out) {
  const auto& state = *static_cast<const ThreadState*>(object);
  const std::uint32_t context = state.context.load(acquire);
  if (context != 0 && state.phase.load(acquire) == ThreadState::alive)
    out.add(out, context, nullptr, true);
}

constexpr Kind kKind{"Thread", owners, nullptr, [](const void* state, std::uint32_t) {
                       return static_cast<const ThreadState*>(state)->phase.load(acquire) !=
                              ThreadState::alive;
                     }};

void end_of_thread(void* data) noexcept {
  set_current_state(nullptr);
  finish(*static_cast<ThreadState*>(data));
}

bool wait_for_end(ThreadState& state, const Subject& subject, const Limits& limits) {
  const auto over = [&] { return state.phase.load(acquire) != ThreadState::alive; };
  const Outcome outcome = await(&state.phase, subject, limits, over);
  if (outcome == Outcome::ready || outcome == Outcome::timeout) return outcome == Outcome::ready;
  const Label label(kKind.name, name_of(state), std::source_location());
  return succeeded(outcome, {&state, &kKind, &label, subject.site});
}

}  // namespace

ThreadState::ThreadState(Origin o, std::string n, bool d)
    : origin(o), daemon(d), name(std::move(n)) {}

void ThreadState::main() {
  set_current_state(this);
  native_id.store(context_of(context.load(relaxed))->native_id.load(relaxed), release);
  notify(&native_id, kEverybody);
  if (!timers::await_alarm(*this)) return;  // whoever has cancelled it discards it
  struct End {
    ~End() { discard(state); }
    ThreadState& state;
  } const end{*this};
  guarded([this] { object != nullptr ? object->run() : run_target(*this); });
}

std::string name_of(const ThreadState& state) {
  std::string copy;
  for (;;) {  // memory is taken outside of the lock
    std::size_t size;
    {
      const WordLock::Guard guard(locks::registry);
      size = state.name.size();
      if (size <= copy.capacity()) return copy = state.name;
    }
    copy.reserve(size);
  }
}

void run_target(ThreadState& state) {
  if (state.target != nullptr && !state.target_ran.exchange(true, relaxed)) state.target->run();
}

void discard(ThreadState& state) noexcept {
  state.object.reset();
  if (state.target != nullptr) guarded([&] { state.target->discard(); });
}

int launch_thread(ThreadState& state) noexcept {
  char name[Context::kNameSize]{};
  {
    const WordLock::Guard guard(locks::registry);
    std::strncpy(name, state.name.c_str(), sizeof name - 1);
  }
  return launch(state, {.name = name, .on_exit = end_of_thread, .on_exit_data = &state}).error;
}

void start(ThreadState& state, const void* site) {
  const auto refuse = [&](const char* why) {
    throw RuntimeError("start() of " + name_of(state) + why);
  };
  if (watching.load(relaxed)) observe(TWILL_START, {&state, &kKind, nullptr, site});
  std::uint32_t phase = ThreadState::fresh;
  if (!state.phase.compare_exchange_strong(phase, ThreadState::alive, acq_rel, relaxed))
    refuse(": a thread can be started only once");
  if (state.object == nullptr && (state.target == nullptr || state.target_ran.load(relaxed))) {
    state.phase.store(ThreadState::fresh, release);
    refuse(state.target != nullptr ? ", whose target ran already"
                                   : ", an object that make_thread() has not made");
  }
  end_waits_for_threads();
  registry::add(state);
  const int error = state.delay ? timers::schedule(state) : launch_thread(state);
  if (error == 0) return;
  const std::shared_ptr<ThreadState> unlisted = registry::remove(state);
  state.phase.store(ThreadState::fresh, release);
  notify(&state.phase, kEverybody);
  throw OSError(error, "start() of " + name_of(state));
}

void finish(ThreadState& state) noexcept {
  const std::shared_ptr<ThreadState> unlisted = registry::remove(state);
  state.phase.store(ThreadState::ended, release);
  notify(&state.phase, kEverybody);
}

bool is_alive(const ThreadState& state, const void* site) noexcept {
  if (watching.load(relaxed)) observe(TWILL_LOOK, {&state, &kKind, nullptr, site});
  return state.phase.load(acquire) == ThreadState::alive;
}

bool join(ThreadState& state, const void* site, const Limits& limits) {
  const auto refuse = [&](const char* why) {
    throw RuntimeError("join() of " + name_of(state) + why);
  };
  if (state.origin == ThreadState::Origin::foreign) refuse(", which twill did not start");
  if (is_caller(state)) refuse(" by itself");
  const Subject subject{&state, &kKind, nullptr, site};
  if (watching.load(relaxed)) observe(TWILL_JOIN, subject, &limits);
  const std::uint32_t phase = state.phase.load(acquire);
  if (phase == ThreadState::ended) return true;
  const bool over = phase == ThreadState::alive && wait_for_end(state, subject, limits);
  if (state.phase.load(acquire) == ThreadState::fresh) refuse(", which was not started");
  return over;
}

void join_quietly(ThreadState& state, const void* site) noexcept {
  const Subject subject{&state, &kKind, nullptr, site, true};
  if (watching.load(relaxed)) observe(TWILL_JOIN, subject);
  const auto over = [&] { return state.phase.load(acquire) != ThreadState::alive; };
  while (!over()) await(&state.phase, subject, {}, over);
}

}  // namespace detail
TWILL_END
