// The area `lock`: a pair of operations that nobody else competes for, in a process with a second
// thread. twill's locks record owner and acquire site, and the detection of deadlocks is on.

#include <mutex>
#include <oneapi/tbb/rw_mutex.h>
#include <shared_mutex>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

#include "locks.hpp"
#include "pairs.hpp"

namespace bench {
namespace {

/// Nothing moves out of the section that the pair encloses.
inline void section() { asm volatile("" ::: "memory"); }

template <class Lock>
Side<> exclusive(const char* name) {
  return {name, [] {
            Lock lock;
            return time_pairs([&] {
              lock.lock();
              section();
              lock.unlock();
            });
          }};
}

template <class Lock>
Side<> shared(const char* name) {
  return {name, [] {
            Lock lock;
            return time_pairs([&] {
              lock.lock_shared();
              section();
              lock.unlock_shared();
            });
          }};
}

/// One permit that goes and comes.
template <class Semaphore>
Side<> permit(const char* name) {
  return {name, [] {
            Semaphore semaphore(1);
            return time_pairs([&] {
              semaphore.acquire();
              section();
              semaphore.release();
            });
          }};
}

void run() {
  const Sleeper another_thread;
  compare({"Lock, lock + unlock", "ns", Better::less, 1.4},
          {exclusive<twill::Lock>("twill"), exclusive<std::mutex>("std::mutex"),
           exclusive<tbb::mutex>("tbb::mutex"), exclusive<AbslMutex>("absl::Mutex")});
  compare(
      {"RLock, lock + unlock", "ns", Better::less, 1.7},
      {exclusive<twill::RLock>("twill"), exclusive<std::recursive_mutex>("std::recursive_mutex")});
  compare({"RWLock, lock + unlock", "ns", Better::less, 1.0},
          {exclusive<twill::RWLock>("twill"), exclusive<std::shared_mutex>("std::shared_mutex"),
           exclusive<tbb::rw_mutex>("tbb::rw_mutex"), exclusive<AbslMutex>("absl::Mutex")});
  compare({"RWLock, lock_shared + unlock_shared", "ns", Better::less, 1.4},
          {shared<twill::RWLock>("twill"), shared<std::shared_mutex>("std::shared_mutex"),
           shared<tbb::rw_mutex>("tbb::rw_mutex"), shared<AbslMutex>("absl::Mutex")});
  compare({"Semaphore, acquire + release", "ns", Better::less, 1.3},
          {permit<twill::Semaphore>("twill"), permit<PosixSemaphore>("sem_t"),
           permit<std::counting_semaphore<>>("std::counting_semaphore")});
}

const Area area("lock", "a lock or semaphore alone: one pair of operations", run);

}  // namespace
}  // namespace bench
