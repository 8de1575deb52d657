#pragma once

#include "park/context.hpp"

TWILL_BEGIN
namespace detail::census {

/// Counts the threads that run, so that somebody notices when nobody does: then a virtual clock
/// moves on, and a process that nothing can wake any more is told so. Only threads that really
/// sleep are counted out; the claimer counts the sleeper in again, before it wakes it.

/// A thread context begins to run (before the thread itself does) or has ended.
void arrived() noexcept;
void left() noexcept;

void fell_asleep(Context& context) noexcept;
void woke_up(const Context& context) noexcept;

/// Held by a thread that sleeps in the kernel: has it look, a few times and then never again,
/// whether the whole process is stuck, while it is the last to have fallen asleep.
class Watch {
 public:
  /// The instant until which to sleep; `deadline` or the next look.
  std::int64_t until(std::int64_t deadline) const noexcept;
  /// Looks: reports if every thread of the process waits for ever.
  void look() noexcept;

 private:
  unsigned looks_ = 0;
};

/// In the child of a fork: one thread, which runs, if it is known.
void after_fork() noexcept;

}  // namespace detail::census
TWILL_END
