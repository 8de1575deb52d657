#pragma once

#include <boost/thread/concurrent_queues/sync_bounded_queue.hpp>
#include <boost/thread/concurrent_queues/sync_queue.hpp>
#include <concurrentqueue/blockingconcurrentqueue.h>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <oneapi/tbb/concurrent_queue.h>
#include <queue>
#include <twill/queue/lifo_queue.hpp>
#include <twill/queue/priority_queue.hpp>
#include <twill/queue/queue.hpp>
#include <vector>

/// Everybody's blocking queues under one spelling. A Producer or Consumer is
/// what one thread holds on a queue; capacity 0 means unbounded.
namespace bench {

/// A queue that all threads use directly.
template <class Queue, class Item>
struct Direct {
  struct Producer {
    explicit Producer(Queue& q) : queue(q) {}
    void put(Item item) { queue.put(item); }
    Queue& queue;
  };
  struct Consumer {
    explicit Consumer(Queue& q) : queue(q) {}
    Item get() { return queue.get(); }
    Queue& queue;
  };
};

template <template <class> class Queue, class T>
struct TwillQueue : Direct<TwillQueue<Queue, T>, T> {
  using Item = T;
  explicit TwillQueue(std::size_t capacity) : queue({.maxsize = static_cast<int>(capacity)}) {}
  void put(Item item) { queue.put(item); }
  Item get() { return queue.get(); }
  Queue<T> queue;
};

/// What one writes without a library: a container, a mutex, two conditions.
template <class Container>
struct StdQueue : Direct<StdQueue<Container>, typename Container::value_type> {
  using Item = typename Container::value_type;
  explicit StdQueue(std::size_t capacity_) : capacity(capacity_) {}

  void put(Item item) {
    {
      std::unique_lock hold(mutex);
      if (capacity != 0) not_full.wait(hold, [this] { return items.size() < capacity; });
      items.push(item);
    }
    not_empty.notify_one();
  }
  Item get() {
    Item item;
    {
      std::unique_lock hold(mutex);
      not_empty.wait(hold, [this] { return !items.empty(); });
      if constexpr (requires { items.front(); })
        item = items.front();
      else
        item = items.top();
      items.pop();
    }
    if (capacity != 0) not_full.notify_one();
    return item;
  }

  std::size_t capacity;
  std::mutex mutex;
  std::condition_variable not_full, not_empty;
  Container items;
};

template <class T>
struct BoostBounded : Direct<BoostBounded<T>, T> {
  using Item = T;
  explicit BoostBounded(std::size_t capacity) : queue(capacity) {}
  void put(Item item) { queue.push_back(item); }
  Item get() { return queue.pull_front(); }
  boost::concurrent::sync_bounded_queue<T> queue;
};

template <class T>
struct BoostUnbounded : Direct<BoostUnbounded<T>, T> {
  using Item = T;
  explicit BoostUnbounded(std::size_t) {}
  void put(Item item) { queue.push(item); }
  Item get() { return queue.pull(); }
  boost::concurrent::sync_queue<T> queue;
};

template <class T>
struct TbbQueue : Direct<TbbQueue<T>, T> {
  using Item = T;
  explicit TbbQueue(std::size_t capacity) {
    if (capacity != 0) queue.set_capacity(static_cast<std::ptrdiff_t>(capacity));
  }
  void put(Item item) { queue.push(item); }
  Item get() {
    Item item;
    queue.pop(item);
    return item;
  }
  tbb::concurrent_bounded_queue<T> queue;
};

/// With the tokens that its manual recommends. It cannot be bounded.
template <class T>
struct MoodycamelQueue {
  using Item = T;
  explicit MoodycamelQueue(std::size_t) {}
  struct Producer {
    explicit Producer(MoodycamelQueue& q) : queue(q.queue), token(q.queue) {}
    void put(Item item) { queue.enqueue(token, item); }
    moodycamel::BlockingConcurrentQueue<T>& queue;
    moodycamel::ProducerToken token;
  };
  struct Consumer {
    explicit Consumer(MoodycamelQueue& q) : queue(q.queue), token(q.queue) {}
    Item get() {
      Item item;
      queue.wait_dequeue(token, item);
      return item;
    }
    moodycamel::BlockingConcurrentQueue<T>& queue;
    moodycamel::ConsumerToken token;
  };
  moodycamel::BlockingConcurrentQueue<T> queue;
};

}  // namespace bench
