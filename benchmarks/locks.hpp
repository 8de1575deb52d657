#pragma once

#include <absl/synchronization/mutex.h>
#include <mutex>
#include <oneapi/tbb/mutex.h>
#include <semaphore.h>
#include <semaphore>
#include <shared_mutex>
#include <twill/platform/thread_safety.hpp>
#include <twill/sync/lock.hpp>

/// Everybody's locks and semaphores under one spelling.
namespace bench {

struct AbslMutex {
  void lock() TWILL_NO_THREAD_SAFETY_ANALYSIS { mutex.Lock(); }
  void unlock() TWILL_NO_THREAD_SAFETY_ANALYSIS { mutex.Unlock(); }
  void lock_shared() TWILL_NO_THREAD_SAFETY_ANALYSIS { mutex.ReaderLock(); }
  void unlock_shared() TWILL_NO_THREAD_SAFETY_ANALYSIS { mutex.ReaderUnlock(); }
  absl::Mutex mutex;
};

struct PosixSemaphore {
  explicit PosixSemaphore(unsigned value) { sem_init(&semaphore, 0, value); }
  ~PosixSemaphore() { sem_destroy(&semaphore); }
  PosixSemaphore(const PosixSemaphore&) = delete;
  PosixSemaphore& operator=(const PosixSemaphore&) = delete;

  void acquire() {
    while (sem_wait(&semaphore) != 0) {
    }
  }
  void release() { sem_post(&semaphore); }
  sem_t semaphore;
};

}  // namespace bench
