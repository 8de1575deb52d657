#pragma once

#include <atomic>
#include <boost/interprocess/sync/interprocess_semaphore.hpp>
#include <climits>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <twill/mp/condition.hpp>
#include <twill/mp/event.hpp>
#include <twill/mp/lock.hpp>
#include <twill/mp/semaphore.hpp>
#include <twill/sync/hold.hpp>
#include <unistd.h>

/// One process tells another to go on: send() and await(), each send awaited once before the next.
/// All of them in shared memory.
namespace bench {

class SharedFutexSignal {
 public:
  void send() {
    word_.store(1, std::memory_order_release);
    futex(FUTEX_WAKE, INT_MAX);
  }
  void await() {
    while (word_.load(std::memory_order_acquire) == 0) futex(FUTEX_WAIT, 0);
    word_.store(0, std::memory_order_relaxed);
  }

 private:
  void futex(int operation, int value) {
    syscall(SYS_futex, &word_, operation, value, nullptr, nullptr, 0);
  }
  std::atomic<int> word_{0};
};

class MpEventSignal {
 public:
  void send() { event_.set(); }
  void await() {
    event_.wait();
    event_.clear();
  }

 private:
  twill::mp::Event event_;
};

class MpSemaphoreSignal {
 public:
  void send() { semaphore_.release(); }
  void await() { semaphore_.acquire(); }

 private:
  twill::mp::Semaphore semaphore_{0};
};

class BoostSemaphoreSignal {
 public:
  void send() { semaphore_.post(); }
  void await() { semaphore_.wait(); }

 private:
  boost::interprocess::interprocess_semaphore semaphore_{0};
};

/// Two processes, 0 and 1, that take turns over a signal each.
template <class Signal>
class MpTurns {
 public:
  void give(int to) { sides_[to].signal.send(); }
  void await(int me) { sides_[me].signal.await(); }
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
class MpConditionTurns {
 public:
  void give(int to) {
    const twill::Hold hold(changed_);
    turn_ = to;
    changed_.notify();
  }
  void await(int me) {
    const twill::Hold hold(changed_);
    while (turn_ != me) changed_.wait();
  }
  void pass(int me) {
    const twill::Hold hold(changed_);
    turn_ = 1 - me;
    changed_.notify();
    while (turn_ != me) changed_.wait();
  }

 private:
  twill::mp::Condition changed_;
  int turn_ = 0;
};

struct RobustMutex {
  RobustMutex() {
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex, &kind);
    pthread_mutexattr_destroy(&kind);
  }
  pthread_mutex_t mutex;
};

}  // namespace bench
