#pragma once

#include "park/wait.hpp"

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

/// Has a sleeper look whether the whole process is stuck, if it may be. For a bystander, which was
/// perhaps awake when the others looked.
void look_round() noexcept;

/// Held by a thread that sleeps in the kernel without a deadline: has it look round, a few times
/// within a second and then never again, whether the whole process is stuck, or it itself.
class Watch {
 public:
  explicit Watch(const Wait& wait) noexcept : wait_(wait) {}

  /// The instant until which to sleep; `deadline` or the next look.
  std::int64_t until(std::int64_t deadline) noexcept;
  void look() noexcept;
  /// Somebody asks for a look.
  void look_again() noexcept;

 private:
  const Wait& wait_;
  unsigned looks_ = 0;
  unsigned next_ = 0;  ///< how many it will be with the next one
};

/// In the child of a fork: one thread, which runs, if it is known.
void after_fork() noexcept;

}  // namespace detail::census
TWILL_END
