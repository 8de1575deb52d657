#pragma once

#include <source_location>
#include <utility>

#include <twill/queue/basic_queue.hpp>
#include <twill/queue/heap.hpp>
#include <twill/queue/prioritized.hpp>

TWILL_BEGIN
namespace detail {
inline constexpr QueueKind kPriorityQueue{"PriorityQueue"};
}

/// A queue between threads that gives out the smallest item first (Python's queue.PriorityQueue);
/// of several that are not less than each other, the one that came first. In all else it is a
/// BasicQueue.
///
///     twill::PriorityQueue<std::pair<int, std::string>> todo;    // by number, then by text
///     twill::PriorityQueue<twill::Prioritized<Job>> jobs;        // by number, then as they came
///     jobs.put({3, std::move(job)});
///
/// T has operator<, or operator<=>, which is preferred. If a comparison throws, put() and get()
/// pass it on and change nothing.
template <class T>
class PriorityQueue : public BasicQueue<T, detail::Heap<T>> {
 public:
  explicit PriorityQueue(QueueOptions options = {},
                         std::source_location made = std::source_location::current())
      : BasicQueue<T, detail::Heap<T>>(detail::kPriorityQueue, {}, std::move(options), made) {}
};

TWILL_END
