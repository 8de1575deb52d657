#pragma once

#include <source_location>
#include <utility>

#include <twill/queue/basic_queue.hpp>
#include <twill/queue/disciplines.hpp>

TWILL_BEGIN
namespace detail {
inline constexpr QueueKind kLifoQueue{"LifoQueue"};
}

/// A queue between threads that gives out the newest item first (Python's queue.LifoQueue). In all
/// else it is a BasicQueue.
template <class T>
class LifoQueue : public BasicQueue<T, detail::Stack<T>> {
 public:
  explicit LifoQueue(QueueOptions options = {},
                     std::source_location made = std::source_location::current())
      : BasicQueue<T, detail::Stack<T>>(detail::kLifoQueue, {}, std::move(options), made) {}
};

TWILL_END
