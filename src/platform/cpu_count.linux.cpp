#include "platform/cpu_count.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sched.h>
#include <sstream>

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

/// The least of a group and those that it is in.
template <class Read>
int least_up_from(std::string path, const std::string& mount, Read read) {
  int least = 0;
  for (;;) {
    least = lesser(least, read(mount + path));
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return least;
    path.erase(slash);
  }
}

int cpus_by_affinity() noexcept {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

int cpus_of_own_groups() noexcept {
  try {
    std::ifstream file("/proc/self/cgroup");
    return cpus_of_groups({std::istreambuf_iterator<char>(file), {}}, "/sys/fs/cgroup");
  } catch (...) {  // no memory: no limit known
    return 0;
  }
}

}  // namespace

int cpus_of_groups(const std::string& membership, const std::string& mount) {
  int least = 0;
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {  // number:controllers:path
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = ',' + line.substr(first + 1, second - first - 1) + ',';
    const std::string path = line.substr(second + 1);
    if (controllers == ",,")
      least = lesser(least, least_up_from(path, mount, cpus_of_max));
    else if (controllers.find(",cpu,") != std::string::npos)
      least = lesser(least, least_up_from(path, mount + "/cpu", cpus_of_cfs));
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
