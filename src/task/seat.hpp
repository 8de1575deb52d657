#pragma once

#include <cstddef>
#include <cstdint>

#include <twill/task/crew.hpp>
#include <twill/thread/thread.hpp>

#include "park/context.hpp"
#include "platform/clock.hpp"
#include "task/deque.hpp"
#include "thread/registry.hpp"

TWILL_BEGIN
namespace detail {

/// From where jobs of a crew are done: by a worker, or by a guest, some other thread that has a
/// group whose jobs it does together with the workers.
struct Seat {
  explicit Seat(Crew::State& c, bool worker = false) : crew(c), is_worker(worker) {}

  Crew::State& crew;
  const bool is_worker;
  unsigned groups = 0;       ///< of a guest: they share the seat, and the last one gives it up
  Seat* previous = nullptr;  ///< of the same thread, at another crew
  Deque deque;
  std::uintptr_t base = 0;            ///< where the stack was as it began to work
  atomic<const void*> site{nullptr};  ///< of the last job that was begun here
  atomic<std::uint64_t> begun{0};     ///< how many jobs

  /// To be called before each job. For its thread alone; others may read what it stores.
  void begins(const Job& job) noexcept {
    site.store(job.site, relaxed);
    begun.store(begun.load(relaxed) + 1, relaxed);
  }
};

/// A seat in the midst of a job, whose thread does others before it goes on with that one.
class Within {
 public:
  explicit Within(Seat& seat) noexcept : seat_(seat), site_(seat.site.load(relaxed)) {}
  ~Within() { seat_.site.store(site_, relaxed); }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  Seat& seat_;
  const void* const site_;
};

/// The calling thread's seat at that crew, or null.
inline Seat* seat_at(const Crew::State& crew) noexcept {
  Seat* seat = self_context().seat;
  while (seat != nullptr && &seat->crew != &crew) seat = seat->previous;
  return seat;
}

/// How many jobs a worker takes at a time: as many as take it some microseconds, which it learns
/// from the last ones.
class Handful {
 public:
  static constexpr std::size_t kMost = 64;

  std::size_t size() const noexcept { return size_; }
  void begins(std::size_t jobs) noexcept;
  /// True if it was done in less time than that, and there were no more to take.
  bool is_done() noexcept;

 private:
  std::size_t size_ = 1;
  std::size_t taken_ = 0;
  std::uint64_t began_ = 0;  ///< in ticks
};

/// When a worker steals again: at once, unless what it stole was done in no time, or somebody was
/// faster. Then the owners do it for less than the theft costs, which interrupts them as well; so
/// each time the worker pauses twice as long.
class Theft {
 public:
  bool is_due() const noexcept;
  void begins() noexcept;
  /// The job that was stolen; nothing happens if none was.
  void is_done() noexcept;
  void was_in_vain() noexcept;

  /// Until it is due, or `change` comes. An owner may be on the same core: it goes first.
  template <class Change>
  void pause(Change&& change) const noexcept {
    while (!is_due() && !change()) yield_cpu();
  }

 private:
  std::uint64_t began_ = 0;  ///< in ticks, as all; 0: nothing was stolen
  std::uint64_t pause_ = 0;  ///< how long the last one was
  std::uint64_t due_ = 0;
};

struct WorkerThread : Thread {
  using Thread::Thread;
  bool is_caller() const { return detail::is_caller(state()); }
  std::uint32_t context() const { return state().context.load(relaxed); }
  bool join_within(const Limits& limits) {
    return detail::join(state(), __builtin_return_address(0), limits);
  }
  void join_quietly() { detail::join_quietly(state(), __builtin_return_address(0)); }
};

struct Worker : Seat {
  explicit Worker(Crew::State& c) : Seat(c, true) {}

  WorkerThread thread;
  Handful handful;
  Theft theft;
  unsigned takes = 0;
  bool is_new = true;
  bool is_idle = false;  ///< it has no place; guarded by the crew's lock
};

}  // namespace detail
TWILL_END
