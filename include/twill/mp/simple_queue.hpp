#pragma once

#include <cstddef>
#include <source_location>
#include <string>
#include <utility>

#include <twill/mp/queue.hpp>

TWILL_BEGIN
namespace mp {

struct SimpleQueueOptions {
  std::size_t bytes = 1 << 20;  ///< as QueueOptions::bytes
  std::string name = {};
};

/// A queue between processes with the least that a queue needs (Python's
/// multiprocessing.SimpleQueue): no maxsize, and it is never shut down. put() blocks while there is
/// no room for the item. In all else it is an mp::Queue.
template <Sendable T>
class SimpleQueue : private Queue<T> {
 public:
  using value_type = T;

  explicit SimpleQueue(SimpleQueueOptions options = {},
                       std::source_location made = std::source_location::current())
      : Queue<T>({.bytes = options.bytes, .name = std::move(options.name)}, made) {}

  using Queue<T>::put;
  using Queue<T>::put_nowait;
  using Queue<T>::try_put;
  using Queue<T>::get;
  using Queue<T>::get_nowait;
  using Queue<T>::try_get;
  using Queue<T>::loan;
  using Queue<T>::try_loan;
  using Queue<T>::borrow;
  using Queue<T>::try_borrow;
  using Queue<T>::qsize;
  using Queue<T>::empty;
  using Queue<T>::close;
  using Queue<T>::name;

 private:
  friend struct detail::Offering;
  explicit SimpleQueue(detail::Arrival& from) : Queue<T>(from) {}
  using Queue<T>::offer;
};

}  // namespace mp
TWILL_END
