#include "platform/cpu_count.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sched.h>
#include <string>

TWILL_BEGIN
namespace detail {
namespace {

/// The lesser of two limits, of which 0 is none.
int lesser(int a, int b) noexcept {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

int cpus_of(double quota, double period) noexcept {
  return quota > 0 && period > 0 ? std::max(1, static_cast<int>(std::ceil(quota / period))) : 0;
}

/// Of version 2: "max 100000", or "150000 100000".
int cpus_of_max(const std::string& folder) {
  double quota = 0;
  double period = 0;
  std::ifstream(folder + "/cpu.max") >> quota >> period;
  return cpus_of(quota, period);
}

/// Of version 1.
int cpus_of_cfs(const std::string& folder) {
  double quota = 0;
  double period = 0;
  std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
  std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  return cpus_of(quota, period);
}

int cpus_by_affinity() noexcept {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

int cpus_of_own_groups() noexcept {
  try {
    return cpus_of_groups(own_control_groups("cpu"));
  } catch (...) {  // no memory: no limit known
    return 0;
  }
}

}  // namespace

int cpus_of_groups(const std::vector<ControlGroup>& groups) {
  int least = 0;
  for (const auto& [version, folder] : groups) {
    const bool first = version == ControlGroup::Version::first;
    least = lesser(least, first ? cpus_of_cfs(folder) : cpus_of_max(folder));
  }
  return least;
}

int cpus_for_work() noexcept {
  if (const char* const wanted = std::getenv("TWILL_CPU_COUNT"))
    if (const int count = std::atoi(wanted); count > 0) return count;
  return lesser(cpus_by_affinity(), cpus_of_own_groups());
}

}  // namespace detail
TWILL_END
