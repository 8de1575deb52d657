#pragma once

#include <cstdint>
#include <source_location>
#include <stop_token>
#include <string>

#include <twill/mp/handle.hpp>
#include <twill/sync/barrier.hpp>

TWILL_BEGIN
namespace mp {

using twill::BarrierOptions;

/// A point where `parties` threads of any processes wait for each other, again and again (Python's
/// multiprocessing.Barrier). Make it before the fork (or pass it: start_method.hpp).
///
/// What each did before its wait() happens before what any does after it. A wait that times out, is
/// stopped or is interrupted breaks the barrier for all, and so does the death of a process that
/// has waited here since the last reset(), unless it ended by exit(). The action is the one of the
/// process whose thread came last. Any thread may call anything; the handle itself is not to be
/// copied or moved.
class TWILL_API Barrier {
 public:
  /// ValueError for less than one party.
  explicit Barrier(std::int64_t parties, BarrierOptions options = {},
                   std::source_location made = std::source_location::current());
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  /// Blocks until all parties wait. Answers the order of arrival, 0 to parties - 1, each once a
  /// trip. Throws BrokenBarrierError if the barrier is or gets broken (also by the timeout of this
  /// very call), what the action threw in the thread that ran it, CancelledError, InterruptedError.
  TWILL_INLINE std::int64_t wait() { return wait_at(twill::detail::here(), {options_.timeout}); }
  TWILL_INLINE std::int64_t wait(Timeout timeout) {
    return wait_at(twill::detail::here(), {timeout});
  }
  /// With the timeout of the options as well.
  TWILL_INLINE std::int64_t wait(const std::stop_token& stop) {
    return wait_at(twill::detail::here(), {options_.timeout, &stop});
  }

  /// Breaks the barrier: who waits, and who comes until reset(), gets BrokenBarrierError. Never
  /// blocks.
  void abort() noexcept;
  /// Makes the barrier as new. Who waits gets BrokenBarrierError, and so may who has not yet left a
  /// trip that was just completed. Never blocks.
  void reset() noexcept;

  /// Old news by the time the caller looks at the answer, as n_waiting().
  bool broken() const noexcept;
  std::int64_t parties() const noexcept { return parties_; }
  /// How many have come for the trip that is being filled; 0 when it is full or broken.
  std::int64_t n_waiting() const noexcept;

  /// The name it was given, or "Barrier#3".
  std::string name() const { return label_.name("Barrier"); }

 private:
  friend struct detail::Offering;
  explicit Barrier(detail::Arrival& from);
  void offer(detail::Offer& to) const;

  class Trip;
  std::int64_t wait_at(const void* site, const twill::detail::Limits& limits);

  const std::int64_t parties_;
  BarrierOptions options_;
  detail::Handle state_{detail::Handle::Kind::barrier};
  twill::detail::Label label_;
};

}  // namespace mp
TWILL_END
