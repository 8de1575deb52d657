// The area `fairness`: how many sections others begin while one thread waits for its own.
//
// Whoever waits with k others in line before it sees at least k of them; what exceeds that are
// overtakes. A thread that the kernel suspends on its way to the line counts like one that waits,
// whatever the lock.

#include <algorithm>
#include <atomic>
#include <queue>
#include <stack>
#include <thread>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

#include "locks.hpp"
#include "queues.hpp"
#include "team.hpp"

namespace bench {
namespace {

constexpr unsigned kThreads = 4;
constexpr int kSection = 200;  ///< additions: some 100 ns, so that there is somebody to wait for

struct Outcome {
  double most;
  double median;  ///< among the waits in which somebody else went first at all
};

template <class Mutex>
struct AsSemaphore {
  void lock() { semaphore.acquire(); }
  void unlock() { semaphore.release(); }
  Mutex semaphore{1};
};

/// A queue with one item in it: whoever has got it is inside.
template <class Queue>
struct AsQueue {
  AsQueue() { unlock(); }
  void lock() { typename Queue::Consumer(queue).get(); }
  void unlock() { typename Queue::Producer(queue).put(0); }
  Queue queue{1};
};

/// Overtakes are counted by powers of two: bucket b holds what has b significant bits.
struct Histogram {
  std::int64_t counts[64] = {};
  std::int64_t most = 0;

  void add(std::int64_t value) {
    ++counts[value == 0 ? 0 : 64 - __builtin_clzll(static_cast<unsigned long long>(value))];
    most = std::max(most, value);
  }
  void add(const Histogram& other) {
    for (int b = 0; b < 64; ++b) counts[b] += other.counts[b];
    most = std::max(most, other.most);
  }
  double median_above_zero() const {
    std::int64_t total = 0;
    for (int b = 1; b < 64; ++b) total += counts[b];
    std::int64_t seen = 0;
    for (int b = 1; b < 64; ++b) {
      seen += counts[b];
      if (2 * seen >= total)
        return total == 0 ? 0 : static_cast<double>(std::int64_t{1} << (b - 1));
    }
    return 0;
  }
};

template <class Lock>
struct Shared {
  Lock lock;
  std::atomic<std::int64_t> begun{0};  ///< sections; written under the lock
};

template <class Lock>
Histogram take_part(Shared<Lock>& shared, const std::atomic<bool>& over) {
  Histogram histogram;
  while (!over.load(std::memory_order_relaxed)) {
    const std::int64_t before = shared.begun.load(std::memory_order_relaxed);
    shared.lock.lock();
    const std::int64_t now = shared.begun.load(std::memory_order_relaxed);
    shared.begun.store(now + 1, std::memory_order_relaxed);
    for (int i = 0; i < kSection; ++i) asm volatile("");
    shared.lock.unlock();
    histogram.add(now - before);
  }
  return histogram;
}

template <class Lock>
Side<Outcome> side(const char* name, Place place) {
  return {name, [place] {
            Shared<Lock> shared;
            std::atomic<bool> over{false};
            std::vector<Histogram> parts(kThreads);
            std::thread clock([&] {
              std::this_thread::sleep_for(std::chrono::duration<double>(seconds(0.2)));
              over = true;
            });
            team(place, kThreads, [&](unsigned i) { parts[i] = take_part(shared, over); });
            clock.join();
            Histogram all;
            for (const Histogram& part : parts) all.add(part);
            return Outcome{static_cast<double>(all.most), all.median_above_zero()};
          }};
}

void lines(const std::string& name, Place place, const std::vector<Side<Outcome>>& sides) {
  const auto results = take_turns(sides);
  const auto line = [&](const char* what, double Outcome::* member) {
    std::vector<Figures> peers;
    for (std::size_t i = 1; i < results.size(); ++i) peers.push_back(results[i].figures(member));
    report(Work{name + ", " + what, "sections"}.at(place), results[0].figures(member), peers);
  };
  line("most overtakes of a waiter", &Outcome::most);
  line("median overtakes of a waiter", &Outcome::median);
}

void run() {
  for (const Place place : options.places) {
    lines("Lock", place,
          {side<twill::Lock>("twill", place), side<std::mutex>("std::mutex", place),
           side<tbb::mutex>("tbb::mutex", place)});
    lines("RLock", place,
          {side<twill::RLock>("twill", place),
           side<std::recursive_mutex>("std::recursive_mutex", place)});
    lines(
        "RWLock", place,
        {side<twill::RWLock>("twill", place), side<std::shared_mutex>("std::shared_mutex", place)});
    lines("Semaphore", place,
          {side<AsSemaphore<twill::Semaphore>>("twill", place),
           side<AsSemaphore<PosixSemaphore>>("sem_t", place)});
    lines("Queue", place,
          {side<AsQueue<TwillQueue<twill::Queue, int>>>("twill", place),
           side<AsQueue<StdQueue<std::queue<int>>>>("std::queue + mutex", place)});
    lines(
        "LifoQueue", place,
        {side<AsQueue<TwillQueue<twill::LifoQueue, int>>>("twill", place),
         side<AsQueue<StdQueue<std::stack<int, std::vector<int>>>>>("std::stack + mutex", place)});
  }
}

const Area area("fairness", "how often a waiter is overtaken", run);

}  // namespace
}  // namespace bench
