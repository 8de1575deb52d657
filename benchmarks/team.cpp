#include "team.hpp"

#include <algorithm>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <sched.h>
#include <thread>
#include <time.h>

namespace bench {
namespace {

cpu_set_t usable_cores() {
  static const cpu_set_t all = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    return set;
  }();
  return all;
}

}  // namespace

double thread_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void pin_to_core(unsigned number) {
  const cpu_set_t all = usable_cores();
  unsigned left = number % static_cast<unsigned>(CPU_COUNT(&all));
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &all) || left-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    verify(sched_setaffinity(0, sizeof one, &one) == 0, "a thread cannot be pinned");
    return;
  }
}

void unpin() {
  const cpu_set_t all = usable_cores();
  sched_setaffinity(0, sizeof all, &all);
}

void take_place(Place place, unsigned group) {
  if (place == Place::free)
    unpin();
  else
    pin_to_core(place == Place::apart ? group : 0);
}

double team(Place place, unsigned count, const std::function<void(unsigned)>& body,
            const std::function<unsigned(unsigned)>& group) {
  usable_cores();
  std::latch gate(count + 1);
  std::vector<Clock::time_point> begins(count);
  std::vector<Clock::time_point> ends(count);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      take_place(place, group(i));
      gate.arrive_and_wait();
      begins[i] = Clock::now();
      body(i);
      ends[i] = Clock::now();
    });
  gate.arrive_and_wait();
  for (std::thread& thread : threads) thread.join();
  const auto first = std::min_element(begins.begin(), begins.end());
  const auto last = std::max_element(ends.begin(), ends.end());
  return std::chrono::duration<double>(*last - *first).count();
}

struct Sleeper::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool over = false;
  std::thread thread{[this] {
    std::unique_lock hold(mutex);
    changed.wait(hold, [this] { return over; });
  }};
};

Sleeper::Sleeper() : state_(new State) {}

Sleeper::~Sleeper() {
  {
    const std::scoped_lock hold(state_->mutex);
    state_->over = true;
  }
  state_->changed.notify_one();
  state_->thread.join();
  delete state_;
}

}  // namespace bench
