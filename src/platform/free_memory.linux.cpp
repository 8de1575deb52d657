#include "platform/free_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <sys/resource.h>

TWILL_BEGIN
namespace detail {
namespace {

/// The number in a file; SIZE_MAX for none ("max").
std::size_t number_in(const std::string& path) {
  std::size_t number = SIZE_MAX;
  return std::ifstream(path) >> number ? number : SIZE_MAX;
}

/// The number after a name; 0 if it is not there.
std::size_t number_after(const std::string& name, const std::string& path) {
  std::ifstream file(path);
  for (std::string word; file >> word;)
    if (std::size_t number = 0; word == name && file >> number) return number;
  return 0;
}

std::size_t free_in(const ControlGroup& group) {
  const bool first = group.version == ControlGroup::Version::first;
  const auto file = [&](const char* name) { return group.folder + "/memory." + name; };
  const std::size_t limit = number_in(file(first ? "limit_in_bytes" : "max"));
  const std::size_t used = number_in(file(first ? "usage_in_bytes" : "current"));
  if (limit == SIZE_MAX || used == SIZE_MAX) return SIZE_MAX;
  const std::size_t kept =
      number_after(first ? "total_inactive_file" : "inactive_file", file("stat"));
  const std::size_t needed = used - std::min(kept, used);
  return limit - std::min(needed, limit);
}

std::size_t free_in_system() {
  const char* const path = "/proc/meminfo";
  const std::size_t kilobytes =
      number_after("MemAvailable:", path) + number_after("SwapFree:", path);
  return kilobytes != 0 ? kilobytes * 1024 : SIZE_MAX;
}

}  // namespace

std::size_t free_in_groups(const std::vector<ControlGroup>& groups) {
  std::size_t least = SIZE_MAX;
  for (const ControlGroup& group : groups) least = std::min(least, free_in(group));
  return least;
}

std::size_t most_in_a_file() noexcept {
  rlimit limit;
  return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur
                                                                                 : SIZE_MAX;
}

std::size_t free_memory() noexcept {
  try {
    return std::min(free_in_system(), free_in_groups(own_control_groups("memory")));
  } catch (...) {  // no memory for names of files: the system will say
    return SIZE_MAX;
  }
}

}  // namespace detail
TWILL_END
