#pragma once

#include <cstddef>
#include <source_location>
#include <string>
#include <utility>

#include <twill/queue/queue.hpp>

TWILL_BEGIN
namespace detail {
inline constexpr QueueKind kSimpleQueue{"SimpleQueue"};
}

struct SimpleQueueOptions {
  std::string name = {};
};

/// An unbounded first-in, first-out queue between threads with the least that a queue needs
/// (Python's queue.SimpleQueue): nobody counts what is done, and it is never shut down. put() never
/// blocks, so it takes no notice of a timeout. In all else it is a Queue.
template <class T>
class SimpleQueue : private Queue<T> {
 public:
  using value_type = T;

  explicit SimpleQueue(SimpleQueueOptions options = {},
                       std::source_location made = std::source_location::current())
      : Queue<T>(detail::kSimpleQueue, {.maxsize = 0, .name = std::move(options.name)}, made) {}

  using Queue<T>::put;
  using Queue<T>::put_nowait;
  using Queue<T>::try_put;
  using Queue<T>::get;
  using Queue<T>::get_nowait;
  using Queue<T>::try_get;
  using Queue<T>::qsize;
  using Queue<T>::empty;
  using Queue<T>::name;
};

TWILL_END
