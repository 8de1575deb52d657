#pragma once

#include <atomic>
#include <climits>
#include <condition_variable>
#include <linux/futex.h>
#include <mutex>
#include <semaphore>
#include <sys/syscall.h>
#include <twill/queue/queue.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/semaphore.hpp>
#include <unistd.h>

#include "locks.hpp"

/// One thread tells another to go on: send() and await(), each send awaited once before the next.
/// The same thing said with each primitive.
namespace bench {

/// The least that a sleeper costs: a store and a system call at either end.
/// `kFlag`: FUTEX_PRIVATE_FLAG within a process, 0 between some.
template <int kFlag>
class BasicFutexSignal {
 public:
  void send() {
    word_.store(1, std::memory_order_release);
    futex(FUTEX_WAKE | kFlag, INT_MAX);
  }
  void await() {
    while (word_.load(std::memory_order_acquire) == 0) futex(FUTEX_WAIT | kFlag, 0);
    word_.store(0, std::memory_order_relaxed);
  }

 private:
  void futex(int operation, int value) {
    syscall(SYS_futex, &word_, operation, value, nullptr, nullptr, 0);
  }
  std::atomic<int> word_{0};
};

using FutexSignal = BasicFutexSignal<FUTEX_PRIVATE_FLAG>;

template <class Semaphore>
class SemaphoreSignal {
 public:
  void send() { semaphore_.release(); }
  void await() { semaphore_.acquire(); }

 private:
  Semaphore semaphore_{0};
};

template <class Event>
class EventSignal {
 public:
  void send() { event_.set(); }
  void await() {
    event_.wait();
    event_.clear();
  }

 private:
  Event event_;
};

class QueueSignal {
 public:
  void send() { queue_.put(1); }
  void await() { queue_.get(); }

 private:
  twill::Queue<int> queue_{{.maxsize = 1}};
};

/// Two threads, 0 and 1, that take turns over a signal each, far enough apart not to share a cache
/// line.
template <class Signal>
class SignalTurns {
 public:
  void give(int to) { sides_[to].signal.send(); }
  void await(int me) { sides_[me].signal.await(); }
  /// Gives the turn away and waits until it is back.
  void pass(int me) {
    give(1 - me);
    await(me);
  }

 private:
  struct alignas(128) One {
    Signal signal;
  };
  One sides_[2];
};

/// The same as a textbook has it, with one condition, notified under its lock.
template <class Lock, class Condition>
class ConditionTurns {
 public:
  void give(int to) {
    const twill::Hold hold(lock_);
    turn_ = to;
    changed_.notify();
  }
  void await(int me) {
    const twill::Hold hold(lock_);
    while (turn_ != me) changed_.wait();
  }
  void pass(int me) {
    const twill::Hold hold(lock_);
    turn_ = 1 - me;
    changed_.notify();
    while (turn_ != me) changed_.wait();
  }

 private:
  Lock lock_;
  Condition changed_{lock_};
  int turn_ = 0;
};

class StdConditionTurns {
 public:
  void give(int to) {
    const std::scoped_lock hold(mutex_);
    turn_ = to;
    changed_.notify_one();
  }
  void await(int me) {
    std::unique_lock hold(mutex_);
    while (turn_ != me) changed_.wait(hold);
  }
  void pass(int me) {
    std::unique_lock hold(mutex_);
    turn_ = 1 - me;
    changed_.notify_one();
    while (turn_ != me) changed_.wait(hold);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int turn_ = 0;
};

}  // namespace bench
