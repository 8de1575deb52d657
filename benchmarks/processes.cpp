#include "processes.hpp"

#include <algorithm>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace bench {
namespace {

constexpr unsigned kMost = 16;

/// Opens once all processes are there.
struct Gate {
  explicit Gate(unsigned count) {
    pthread_barrierattr_t shared;
    pthread_barrierattr_init(&shared);
    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&barrier, &shared, count);
    pthread_barrierattr_destroy(&shared);
  }
  void wait() { pthread_barrier_wait(&barrier); }

  pthread_barrier_t barrier;
  Clock::time_point begins[kMost];  // one clock for all processes
  Clock::time_point ends[kMost];
};

}  // namespace

double crowd(Place place, unsigned count, const std::function<void(unsigned)>& body,
             const std::function<unsigned(unsigned)>& group) {
  verify(count <= kMost, "too many processes");
  const InSharedMemory<Gate> gate(count);
  std::vector<pid_t> children;
  for (unsigned i = 0; i < count; ++i) {
    const pid_t child = fork();
    verify(child >= 0, "a process cannot be started");
    if (child == 0) {
      take_place(place, group(i));
      gate->wait();
      gate->begins[i] = Clock::now();
      body(i);
      gate->ends[i] = Clock::now();
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    verify(waitpid(child, &status, 0) == child && status == 0, "a process ended badly");
  }
  const auto first = std::min_element(gate->begins, gate->begins + count);
  const auto last = std::max_element(gate->ends, gate->ends + count);
  return std::chrono::duration<double>(*last - *first).count();
}

}  // namespace bench
