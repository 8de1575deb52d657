#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <stop_token>
#include <utility>

#include <twill/queue/patience.hpp>
#include <twill/queue/queue_base.hpp>

TWILL_BEGIN
namespace detail {

/// The spellings of put and get, as shells round two things that the queue has:
///
///     Ending put_within(T& item, Patience, const void* site);  // moves from `item` if done
///     Getting(queue, patience, site);  // ending(): how it went; take(): the item, once, if done
///
/// and, where an item is best made where the caller wants it,
///
///     T get_in_place(Patience, const void* site);  // all of get()
template <class Queue, class T>
class QueueFace {
 public:
  using value_type = T;

  /// Adds an item; blocks while the queue is full. `patience` is a duration (zero and negative: one
  /// attempt), a std::stop_token, or Python's `block`; left out: for ever. What was done before
  /// happens before the get() that takes the item. Any thread.
  ///
  /// Throws Full if there was no room in time, CancelledError if stop was requested first, ShutDown
  /// if the queue was shut down before or meanwhile, DeadlockError if the whole process stands
  /// still, InterruptedError, std::bad_alloc, and what the item's copying or moving throws. In all
  /// these cases the queue is as it was, and so is an rvalue, unless its own move broke it.
  TWILL_INLINE void put(T&& item, Patience patience = {}) { put_at(item, patience, here()); }
  TWILL_INLINE void put(const T& item, Patience patience = {})
    requires std::copy_constructible<T>
  {
    T copy(item);
    put_at(copy, patience, here());
  }
  /// Python's put(item, block, timeout); without `block` the timeout is ignored.
  TWILL_INLINE void put(T&& item, bool block, Timeout timeout) {
    put_at(item, {block, timeout}, here());
  }
  TWILL_INLINE void put(const T& item, bool block, Timeout timeout)
    requires std::copy_constructible<T>
  {
    T copy(item);
    put_at(copy, {block, timeout}, here());
  }

  /// put() that never blocks: Full if there is no room.
  TWILL_INLINE void put_nowait(T&& item) { put_at(item, false, here()); }
  TWILL_INLINE void put_nowait(const T& item)
    requires std::copy_constructible<T>
  {
    T copy(item);
    put_at(copy, false, here());
  }

  /// Whether the item could be added before the time was over, stop was requested, or the queue was
  /// shut down. If not, an rvalue is left with the caller as it was. Otherwise as put().
  TWILL_INLINE bool try_put(T&& item, Timeout timeout = std::chrono::seconds(0),
                            const std::stop_token& stop = {}) {
    return try_put_at(item, {timeout, stop}, here());
  }
  TWILL_INLINE bool try_put(const T& item, Timeout timeout = std::chrono::seconds(0),
                            const std::stop_token& stop = {})
    requires std::copy_constructible<T>
  {
    T copy(item);
    return try_put_at(copy, {timeout, stop}, here());
  }

  /// Takes the item that is next; blocks while there is none. `patience` as for put(). Throws Empty
  /// if none came in time, CancelledError if stop was requested first, ShutDown if the queue was
  /// shut down and is empty, DeadlockError, InterruptedError, and what the item's move throws: then
  /// the item is still in the queue. Any thread.
  TWILL_INLINE T get(Patience patience = {}) { return get_at(patience, here()); }
  /// Python's get(block, timeout); without `block` the timeout is ignored.
  TWILL_INLINE T get(bool block, Timeout timeout) { return get_at({block, timeout}, here()); }

  /// get() that never blocks: Empty if there is nothing.
  TWILL_INLINE T get_nowait() { return get_at(false, here()); }

  /// The next item, or nothing if none came before the time was over or stop was requested, or if
  /// the queue was shut down and is empty. Otherwise as get(). Until somebody shuts the queue down:
  ///
  ///     while (auto item = queue.try_get(Timeout::never())) work(*item);
  TWILL_INLINE std::optional<T> try_get(Timeout timeout = std::chrono::seconds(0),
                                        const std::stop_token& stop = {}) {
    typename Queue::Getting getting(self(), {timeout, stop}, here());
    return getting.ending() == Ending::done ? getting.take_optional() : std::nullopt;
  }

  /// Takes one item after the other, and ends when the queue was shut down and is empty. Blocks as
  /// get(). Several threads may go through one queue; each item comes to one of them.
  ///
  ///     for (auto& item : queue) work(item);
  class iterator;
  TWILL_INLINE iterator begin() { return iterator(self()); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  TWILL_INLINE void put_at(T& item, Patience patience, const void* site) {
    const Ending ending = self().put_within(item, patience, site);
    if (ending != Ending::done) [[unlikely]]
      self().throw_put(ending, site);
  }

  TWILL_INLINE bool try_put_at(T& item, Patience patience, const void* site) {
    const Ending ending = self().put_within(item, patience, site);
    if (ending == Ending::no_memory) [[unlikely]]
      self().throw_put(ending, site);
    return ending == Ending::done;
  }

  TWILL_INLINE T get_at(Patience patience, const void* site) {
    if constexpr (requires(Queue& queue) { queue.get_in_place(patience, site); }) {
      return self().get_in_place(patience, site);
    } else {
      return taken(patience, site);
    }
  }

  TWILL_INLINE T taken(Patience patience, const void* site) {
    typename Queue::Getting getting(self(), patience, site);
    if (getting.ending() != Ending::done) [[unlikely]]
      self().throw_get(getting.ending(), site);
    return getting.take();
  }

  Queue& self() noexcept { return static_cast<Queue&>(*this); }
};

template <class Queue, class T>
class QueueFace<Queue, T>::iterator {
 public:
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::input_iterator_tag;

  T& operator*() const noexcept { return *item_; }
  T* operator->() const noexcept { return &*item_; }
  iterator& operator++() {
    std::destroy_at(&item_);  // the next is made in place: an item is moved once, out of the queue
    try {
      ::new (static_cast<void*>(&item_)) std::optional<T>(queue_->try_get(Timeout::never()));
    } catch (...) {
      ::new (static_cast<void*>(&item_)) std::optional<T>();
      throw;
    }
    return *this;
  }
  void operator++(int) { ++*this; }
  friend bool operator==(const iterator& it, std::default_sentinel_t) noexcept {
    return !it.item_.has_value();
  }

 private:
  friend class QueueFace;
  explicit iterator(Queue& queue) : queue_(&queue) { ++*this; }

  Queue* queue_;
  mutable std::optional<T> item_;
};

}  // namespace detail
TWILL_END
