// The area `idle`: what threads cost that wait. A hundred of them are parked in each primitive, all
// at once, and the process's processor time is read before and after a while.

#include <deque>
#include <memory>
#include <sys/resource.h>
#include <thread>
#include <twill/queue/queue.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

#include "team.hpp"

namespace bench {
namespace {

constexpr unsigned kThreads = 100;

double processor_seconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds_of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

/// One of each primitive, none of which lets anybody through until the end.
struct Walls {
  twill::Lock lock;
  twill::RLock rlock;
  twill::RWLock rwlock;
  twill::Lock guard;
  twill::Condition condition{guard};
  bool over = false;
  twill::Event event;
  twill::Semaphore semaphore{0};
  twill::Barrier barrier{kThreads + 1};
  twill::Queue<int> queue{{.maxsize = 0}};

  void close() TWILL_NO_THREAD_SAFETY_ANALYSIS {
    lock.lock();
    rlock.lock();
    rwlock.lock();
  }
  void open() TWILL_NO_THREAD_SAFETY_ANALYSIS {
    lock.unlock();
    rlock.unlock();
    rwlock.unlock();
    {
      const twill::Hold hold(guard);
      over = true;
      condition.notify_all();
    }
    event.set();
    semaphore.release(kThreads);
    barrier.wait();
    for (unsigned i = 0; i < kThreads; ++i) queue.put(1);
  }

  std::vector<std::function<void()>> waits() {
    return {[this] { const twill::Hold wait(lock); },
            [this] { const twill::Hold wait(rlock); },
            [this] {
              rwlock.lock_shared();
              rwlock.unlock_shared();
            },
            [this] {
              const twill::Hold hold(guard);
              while (!over) condition.wait();
            },
            [this] { event.wait(); },
            [this] { semaphore.acquire(); },
            [this] { barrier.wait(); },
            [this] { queue.get(); }};
  }
};

/// Voluntary context switches stop when everybody has gone to sleep.
void let_them_settle() {
  long before = -1;
  for (;;) {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (usage.ru_nvcsw == before) return;
    before = usage.ru_nvcsw + 1;  // the coming sleep is one as well
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
}

void run() {
  Walls walls;
  walls.close();
  const auto waits = walls.waits();
  std::vector<std::thread> threads;
  for (const auto& wait : waits)
    for (unsigned i = 0; i < kThreads; ++i) threads.emplace_back(wait);
  let_them_settle();

  const double before = processor_seconds();
  const Clock::time_point begin = Clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(options.quick ? 2 : 10));
  const double used = (processor_seconds() - before) / since(begin);
  walls.open();
  for (std::thread& thread : threads) thread.join();
  report_limit(
      {"100 threads in each of " + std::to_string(waits.size()) + " primitives, CPU use", "%"},
      used * 100, 0.1);
}

const Area area("idle", "processor time of threads that are parked", run);

}  // namespace
}  // namespace bench
