#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <twill/thread/thread.hpp>
#include <twill/thread/threading.hpp>

#include "thread/launch.hpp"

TWILL_BEGIN
namespace detail {

/// What all handles on one thread share. While the thread is alive the registry keeps it.
struct ThreadState final : Runnable, std::enable_shared_from_this<ThreadState> {
  /// | phase | meaning | set by |
  /// |---|---|---|
  /// | fresh | never started | the constructor; start(), if the system refused |
  /// | alive | started (a timer: pending), or found by twill | start() |
  /// | ended | over; joiners go on | the thread's last act, cancel(), a fork for all but one |
  enum Phase : std::uint32_t { fresh, alive, ended };
  enum class Origin : std::uint8_t { started, main, foreign };
  enum class Alarm : std::uint8_t { off, pending, cancelled, rung };

  ThreadState(Origin origin, std::string name, bool daemon);

  void main() override;

  /// A handle that never joins.
  static Thread handle(std::shared_ptr<ThreadState> state) { return Thread(std::move(state)); }

  Origin origin;
  atomic<std::uint32_t> phase{fresh};  ///< joiners wait under its address
  atomic<std::int64_t> native_id{0};   ///< whoever asks too early waits under its address
  atomic<std::uint32_t> handles{0};    ///< how many stem from the constructor
  atomic<bool> daemon;

  // What to run: the object's run(), else the target. Set before start(), then the thread's own.
  std::unique_ptr<Target> target = nullptr;
  std::shared_ptr<Thread> object = nullptr;  ///< of a derived class, kept until its end
  atomic<bool> target_ran{false};

  // Guarded by locks::registry.
  std::string name;
  std::shared_ptr<ThreadState> itself = nullptr;  ///< while it is listed
  ThreadState* next = nullptr;
  ThreadState* previous = nullptr;

  // A timer's; guarded by locks::timers.
  std::optional<Timeout> delay = {};
  atomic<Alarm> alarm{Alarm::off};  ///< anybody may read it
  std::int64_t due = 0;             ///< in nanoseconds of the Clock
  std::uint64_t turn = 0;           ///< among timers that are due at the same instant
};

/// How many threads were called "Thread-N".
extern atomic<std::uint64_t> threads_named;

std::string name_of(const ThreadState& state);

/// Starts a thread, or its timer.
void start(ThreadState& state, const void* site);

/// Runs `state`, which is listed, on a thread of its own. Answers 0 or an errno.
int launch_thread(ThreadState& state) noexcept;

/// The thread is over: takes it off the list and lets its joiners go on.
void finish(ThreadState& state) noexcept;

/// Runs the target, unless it ran before.
void run_target(ThreadState& state);

/// Destroys what was to be run, or has run. The memory goes with the state.
void discard(ThreadState& state) noexcept;

bool is_alive(const ThreadState& state, const void* site) noexcept;
/// Waits for the end of a started thread. True if it came.
bool join(ThreadState& state, const void* site, const Limits& limits);

/// The same where nothing may be thrown: never a deadlock's victim.
void join_quietly(ThreadState& state, const void* site) noexcept;

/// Gives an exception to the excepthook.
void report_exception(std::exception_ptr exception, const Thread& thread);

/// Calls f() and answers what it threw, or null. Forced unwinding, as by pthread_exit(), passes: it
/// is no exception that could be kept.
template <class F>
std::exception_ptr caught(F&& f) {
  std::exception_ptr thrown;
  try {
    f();
  } catch (...) {
    thrown = std::current_exception();
    if (thrown == nullptr) throw;
  }
  return thrown;
}

/// Calls f() for the calling thread; what it throws goes to the excepthook.
template <class F>
void guarded(F&& f) {
  if (auto thrown = caught(f)) report_exception(std::move(thrown), current_thread());
}

}  // namespace detail
TWILL_END
