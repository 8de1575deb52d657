#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include <twill/queue/monitor.hpp>
#include <twill/queue/queue_face.hpp>

TWILL_BEGIN

/// What decides which item is next: a container with these three, all called by one thread at a
/// time. If push() or pop() throws, the discipline must be as it was. clear() is used if it is
/// there.
template <class D, class T>
concept QueueDiscipline = requires(D& discipline, const D& looked_at, T&& item) {
  discipline.push(std::forward<T>(item));
  { discipline.pop() } -> std::same_as<T>;
  { looked_at.size() } -> std::convertible_to<std::size_t>;
};

/// A queue between threads whose order is up to `Discipline`, with one lock round it: what
/// LifoQueue and PriorityQueue are made of, and what one's own queues can be made of (Python's
/// hooks _init, _qsize, _put and _get).
///
///     struct Newest {                                   // keeps only the last of each key
///       void push(Event&& e) { events[e.key] = std::move(e); }
///       Event pop() { return std::move(events.extract(events.begin()).mapped()); }
///       std::size_t size() const { return events.size(); }
///       std::map<int, Event> events;
///     };
///     twill::BasicQueue<Event, Newest> queue;
///
/// Items may be move-only, and their moves and comparisons may throw: then the item is where it was
/// before, in the queue or with the caller. The discipline, and what it calls of the items, may not
/// use their own queue: RuntimeError.
/// Waiting is fair within bounds, as for Lock. What was done before a put happens before what
/// follows the get of that item. Any thread may call anything.
template <class T, class Discipline>
class BasicQueue : public detail::Monitor, public detail::QueueFace<BasicQueue<T, Discipline>, T> {
 public:
  explicit BasicQueue(QueueOptions options = {},
                      std::source_location made = std::source_location::current())
      : BasicQueue({}, std::move(options), made) {}
  explicit BasicQueue(Discipline discipline, QueueOptions options = {},
                      std::source_location made = std::source_location::current())
      : BasicQueue(kKind, std::move(discipline), std::move(options), made) {}

  /// How many items there are; old news by the time the caller looks at the answer, as empty() and
  /// full().
  TWILL_INLINE std::size_t qsize() const noexcept { return look(), size(); }
  TWILL_INLINE bool empty() const noexcept { return look(), size() == 0; }
  /// Whether a put() would block; never if the queue is unbounded.
  TWILL_INLINE bool full() const noexcept { return look(), size() >= bound(); }

  /// No more puts: they, and those that wait, get ShutDown. Getters may take what is left, then
  /// they get ShutDown as well. `immediate` drops what is left and counts it as done. May be called
  /// again, also to make it immediate; cannot be undone. Blocks only for the moment of another's
  /// call. If a pop() of the discipline throws, the queue is shut down and keeps what is left.
  TWILL_INLINE void shutdown(bool immediate = false) { shutdown_at(immediate, detail::here()); }
  /// Whether shutdown() was called. Never blocks.
  TWILL_INLINE bool is_shutdown() const noexcept { return look(), was_shut(); }

 protected:
  BasicQueue(const detail::QueueKind& kind, Discipline discipline, QueueOptions options,
             std::source_location made)
      : Monitor(kind, std::move(options), made), discipline_(std::move(discipline)) {}

 private:
  static_assert(QueueDiscipline<Discipline, T>);
  static constexpr detail::QueueKind kKind{"BasicQueue"};
  using Ending = detail::Ending;
  using Patience = detail::Patience;

  template <class Q, class U>
  friend class detail::QueueFace;

  /// Lets go of the lock on every way out.
  struct Stay {
    BasicQueue& queue;
    ~Stay() { queue.leave(queue.discipline_.size()); }
  };

  class Getting {
   public:
    Getting(BasicQueue& queue, Patience patience, const void* site) : queue_(queue) {
      queue.observe_if_watched(TWILL_GET, site, patience);
      ending_ = queue.enter_to_get(patience, site);
    }
    ~Getting() {
      if (ending_ == Ending::done) queue_.leave(queue_.discipline_.size());
    }
    Getting(const Getting&) = delete;
    Getting& operator=(const Getting&) = delete;

    Ending ending() const noexcept { return ending_; }
    T take() { return queue_.pop(); }
    std::optional<T> take_optional() {
      if constexpr (std::is_nothrow_move_constructible_v<T>)
        return std::optional<T>(queue_.pop());
      else
        return std::optional<T>(std::in_place, InPlace{queue_});
    }

   private:
    BasicQueue& queue_;
    Ending ending_;
  };

  /// Makes an item in its last place, so that no move is left that could throw once it is out.
  struct InPlace {
    BasicQueue& queue;
    operator T() const { return queue.pop(); }
  };

  T pop() {
    T item = discipline_.pop();
    count_gets(1);
    return item;
  }

  Ending put_within(T& item, Patience patience, const void* site) {
    observe_if_watched(TWILL_PUT, site, patience);
    const Ending ending = enter_to_put(patience, site);
    if (ending != Ending::done) return ending;
    const Stay stay{*this};
    discipline_.push(std::move(item));
    count_put();
    return ending;
  }

  /// Lets go for good, on every way out, and counts what was dropped as done.
  struct LastStay {
    BasicQueue& queue;
    std::size_t before;
    ~LastStay() {
      const std::size_t left = queue.discipline_.size();
      queue.count_gets(before - left);
      queue.leave_shut(left);
      if (before != left) queue.discard(before - left);
    }
  };

  void shutdown_at(bool immediate, const void* site) {
    observe_if_watched(TWILL_CHANGE, site);
    enter(site);
    const LastStay stay{*this, discipline_.size()};
    if (!immediate) return;
    if constexpr (requires { discipline_.clear(); })
      discipline_.clear();
    else
      while (discipline_.size() != 0) static_cast<void>(discipline_.pop());
  }

  Discipline discipline_;
};

TWILL_END
