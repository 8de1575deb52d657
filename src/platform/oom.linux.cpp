#include "platform/oom.hpp"

#include <fstream>
#include <string>

TWILL_BEGIN
namespace detail {
namespace {

/// What follows "oom_kill" in a file of lines that are a name and a number.
std::optional<std::uint64_t> count_in(const std::string& path) {
  std::ifstream file(path);
  std::string name;
  for (std::uint64_t count = 0; file >> name >> count;)
    if (name == "oom_kill") return count;
  return std::nullopt;
}

/// This process's line "id:controllers:path" of the one hierarchy, or of the older memory one's.
std::optional<std::uint64_t> count_in_group(const std::string& line) {
  const std::size_t first = line.find(':');
  const std::size_t second = line.find(':', first + 1);
  if (second == line.npos) return std::nullopt;
  const std::string controllers = line.substr(first + 1, second - first - 1);
  const std::string path = line.substr(second + 1);
  if (controllers.empty()) return count_in("/sys/fs/cgroup" + path + "/memory.events");
  if (controllers == "memory")
    return count_in("/sys/fs/cgroup/memory" + path + "/memory.oom_control");
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> out_of_memory_kills() {
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);)
    if (const auto count = count_in_group(line)) return count;
  return count_in("/proc/vmstat");
}

}  // namespace detail
TWILL_END
