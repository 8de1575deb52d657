#pragma once

#include <cstdlib>
#include <sched.h>

namespace support {

/// While it lives, the calling thread and those that it starts share one processor.
class OneProcessor {
 public:
  OneProcessor() {
    if (sched_getaffinity(0, sizeof all_, &all_) != 0) std::abort();
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
      if (CPU_ISSET(cpu, &all_)) CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) std::abort();
  }
  ~OneProcessor() { sched_setaffinity(0, sizeof all_, &all_); }
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;

 private:
  cpu_set_t all_;
};

}  // namespace support
