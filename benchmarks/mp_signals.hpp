#pragma once

#include <boost/interprocess/sync/interprocess_semaphore.hpp>
#include <pthread.h>

/// What others have for processes, under the names that the harness uses.
namespace bench {

class BoostSemaphore {
 public:
  explicit BoostSemaphore(unsigned value) : semaphore_(value) {}
  void acquire() { semaphore_.wait(); }
  void release() { semaphore_.post(); }

 private:
  boost::interprocess::interprocess_semaphore semaphore_;
};

/// Of pthread, shared and robust.
class RobustMutex {
 public:
  RobustMutex() {
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex_, &kind);
    pthread_mutexattr_destroy(&kind);
  }
  void lock() { pthread_mutex_lock(&mutex_); }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

}  // namespace bench
