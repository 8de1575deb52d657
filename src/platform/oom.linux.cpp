#include "platform/oom.hpp"

#include <fstream>
#include <string>

#include "platform/control_groups.hpp"

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

}  // namespace

std::optional<std::uint64_t> out_of_memory_kills() {
  for (const auto& [version, folder] : own_control_groups("memory")) {
    const bool first = version == ControlGroup::Version::first;
    if (const auto count = count_in(folder + (first ? "/memory.oom_control" : "/memory.events")))
      return count;
  }
  return count_in("/proc/vmstat");
}

}  // namespace detail
TWILL_END
