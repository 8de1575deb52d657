#pragma once

#include <chrono>
#include <ctime>
#include <thread>

namespace support {

/// The processor time that this process has used.
inline std::chrono::nanoseconds cpu_used() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

/// Whether the process comes to rest while the caller sleeps: less than a thousandth of a processor
/// for a while. However busy the machine is, that comes in the end, unless somebody polls.
inline bool comes_to_rest() {
  constexpr std::chrono::nanoseconds kWhile = std::chrono::milliseconds(250);
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < limit) {
    const auto before = cpu_used();
    std::this_thread::sleep_for(kWhile);
    if (cpu_used() - before < kWhile / 1000) return true;
  }
  return false;
}

}  // namespace support
