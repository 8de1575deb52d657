#pragma once

#include <cstddef>
#include <source_location>
#include <type_traits>
#include <utility>

#include <twill/queue/basic_queue.hpp>
#include <twill/queue/disciplines.hpp>
#include <twill/queue/gated_queue.hpp>
#include <twill/queue/queue_face.hpp>

TWILL_BEGIN
namespace detail {

/// The queue behind Queue and SimpleQueue: with a lock only where an item's move may throw.
template <class T>
inline constexpr bool kGated =
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>;

inline constexpr QueueKind kQueue{"Queue"};

}  // namespace detail

/// A first-in, first-out queue between threads (Python's queue.Queue).
///
///     twill::Queue<Job> jobs({.maxsize = 10});
///     jobs.put(job);                          // blocks while there are ten
///     Job job = jobs.get(2s);                 // throws twill::Empty after two seconds
///     if (auto job = jobs.try_get()) ...      // no exception for what is expected
///     for (Job& job : jobs) work(job);        // until somebody calls jobs.shutdown()
///
/// Exactly `maxsize` items at most, whatever the number; memory for them is taken as they come, and
/// given back after a burst. Items may be move-only and over-aligned, and their moves may throw (at
/// the price of a lock instead of two ends): an item is in the queue or with its owner, never lost.
/// Those whose move is noexcept are moved inside the queue's gates: such a move may not use
/// twill's objects, nor block. What is left when the queue is destroyed is destroyed with it;
/// nobody may be waiting then.
///
/// Items leave in the order in which their puts took effect, whoever gets them. A thread that waits
/// is overtaken by newcomers for about 100 us, then its turn has come (as for Lock). What was done
/// before a put happens before what follows the get of that item. Any thread may call anything.
/// Getting what is there makes no system call. In the child of a fork, a queue that another thread
/// was just putting into or getting from aborts with a sentence. 512 bytes.
template <class T>
class Queue : public detail::GatedQueue<T>, public detail::QueueFace<Queue<T>, T> {
 public:
  explicit Queue(QueueOptions options = {},
                 std::source_location made = std::source_location::current())
      : Queue(detail::kQueue, std::move(options), made) {}

  /// How many items there are; old news by the time the caller looks at the answer, as empty() and
  /// full().
  TWILL_INLINE std::size_t qsize() const noexcept { return this->look(), this->size(); }
  TWILL_INLINE bool empty() const noexcept { return this->look(), this->size() == 0; }
  /// Whether a put() would block; never if the queue is unbounded.
  TWILL_INLINE bool full() const noexcept { return this->look(), this->size() >= this->bound(); }

  /// No more puts: they, and those that wait, get ShutDown. Getters may take what is left, then
  /// they get ShutDown as well. `immediate` drops what is left and counts it as done. May be called
  /// again, also to make it immediate; cannot be undone. Blocks only for the moment of another's
  /// call.
  TWILL_INLINE void shutdown(bool immediate = false) noexcept { this->shut(immediate); }
  /// Whether shutdown() was called. Never blocks.
  TWILL_INLINE bool is_shutdown() const noexcept { return this->look(), this->was_shut(); }

 protected:
  Queue(const detail::QueueKind& kind, QueueOptions options, std::source_location made)
      : detail::GatedQueue<T>(kind, std::move(options), made) {}
};

/// For items whose move or destructor may throw: the same, but that shutdown() may throw what they
/// throw.
template <class T>
  requires(!detail::kGated<T>)
class Queue<T> : public BasicQueue<T, detail::Fifo<T>> {
 public:
  explicit Queue(QueueOptions options = {},
                 std::source_location made = std::source_location::current())
      : Queue(detail::kQueue, std::move(options), made) {}

 protected:
  Queue(const detail::QueueKind& kind, QueueOptions options, std::source_location made)
      : BasicQueue<T, detail::Fifo<T>>(kind, {}, std::move(options), made) {}
};

TWILL_END
