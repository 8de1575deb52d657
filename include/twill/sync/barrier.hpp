#pragma once

#include <cstdint>
#include <source_location>
#include <stop_token>
#include <string>

#include <twill/platform/callback.hpp>
#include <twill/sync/condition.hpp>

TWILL_BEGIN

struct BarrierOptions {
  /// Run once a trip by the last to arrive, before anybody goes on. If it throws, the barrier
  /// breaks.
  Callback action = {};
  /// What wait() without a timeout of its own allows.
  Timeout timeout = Timeout::never();
  std::string name = {};
};

/// A point where `parties` threads wait for each other, again and again (Python's
/// threading.Barrier).
///
/// What each did before its wait() happens before what any does after it. A wait that times out, is
/// stopped or is interrupted breaks the barrier for all: nobody of a trip can be missing. Nobody is
/// overtaken: nobody enters the next trip before all have left the last. Any thread may call
/// anything. It may be destroyed once every wait() has returned.
class TWILL_API Barrier {
 public:
  /// ValueError for less than one party.
  explicit Barrier(std::int64_t parties, BarrierOptions options = {},
                   std::source_location made = std::source_location::current());
  /// Ends the process with a sentence if a thread waits.
  ~Barrier() { changed_.may_be_destroyed(label_, "Barrier"); }
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  /// Blocks until all parties wait. Answers the order of arrival, 0 to parties - 1, each once a
  /// trip. Throws BrokenBarrierError if the barrier is or gets broken (also by the timeout of this
  /// very call), what the action threw in the thread that ran it, CancelledError, DeadlockError (if
  /// the whole process stands still), InterruptedError.
  TWILL_INLINE std::int64_t wait() { return wait_at(detail::here(), {options_.timeout}); }
  TWILL_INLINE std::int64_t wait(Timeout timeout) { return wait_at(detail::here(), {timeout}); }
  /// With the timeout of the options as well.
  TWILL_INLINE std::int64_t wait(const std::stop_token& stop) {
    return wait_at(detail::here(), {options_.timeout, &stop});
  }

  /// Breaks the barrier: who waits, and who comes until reset(), gets BrokenBarrierError. Blocks
  /// only for the moment of another's call.
  void abort();
  /// Makes the barrier as new. Who waits gets BrokenBarrierError. Blocks as abort().
  void reset();

  /// Old news by the time the caller looks at the answer, as n_waiting().
  bool broken() const noexcept { return look(), is_broken(); }
  std::int64_t parties() const noexcept { return parties_; }
  /// How many have come for the trip that is being filled; 0 when it is full or broken.
  std::int64_t n_waiting() const noexcept {
    look();
    return state_.load(detail::relaxed) == State::filling ? count_.load(detail::relaxed) : 0;
  }

  /// The name it was given, or "Barrier#3".
  std::string name() const { return label_.name("Barrier"); }

 private:
  enum class State : std::uint8_t { filling, draining, resetting, broken };

  bool is_broken() const noexcept { return state_.load(detail::relaxed) == State::broken; }
  void look() const noexcept;
  void tell(twill_operation operation, const void* site,
            const detail::Limits& limits) const noexcept;
  void run_action();
  std::int64_t wait_at(const void* site, const detail::Limits& limits);
  bool wait_while(State state, const detail::Subject& subject, const detail::Limits& limits)
      TWILL_REQUIRES(lock_);
  void enter(const detail::Subject& subject, const detail::Limits& limits) TWILL_REQUIRES(lock_);
  void pass(std::int64_t index, const detail::Subject& subject, const detail::Limits& limits)
      TWILL_REQUIRES(lock_);
  void leave() TWILL_REQUIRES(lock_);
  void set(State state) TWILL_REQUIRES(lock_);
  [[noreturn]] void throw_broken() const;

  const std::int64_t parties_;
  BarrierOptions options_;
  Lock lock_;
  Condition changed_{lock_};
  detail::atomic<State> state_{State::filling};  ///< written under lock_
  detail::atomic<std::int64_t> count_{
      0};  ///< threads inside, from arrival to departure; written under lock_
  std::uint64_t trips_ TWILL_GUARDED_BY(lock_) = 0;  ///< that were filled
  detail::Label label_;
};

TWILL_END
