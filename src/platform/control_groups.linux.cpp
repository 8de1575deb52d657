#include "platform/control_groups.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

TWILL_BEGIN
namespace detail {
namespace {

void add_up_from(std::vector<ControlGroup>& groups, ControlGroup::Version version,
                 const std::string& mount, std::string path) {
  for (;;) {
    groups.push_back({version, mount + path});
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return;
    path.erase(slash);
  }
}

}  // namespace

std::vector<ControlGroup> control_groups(const std::string& membership, const std::string& mount,
                                         const std::string& controller) {
  std::vector<ControlGroup> groups;
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {  // number:controllers:path
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = ',' + line.substr(first + 1, second - first - 1) + ',';
    const std::string path = line.substr(second + 1);
    if (controllers == ",,")
      add_up_from(groups, ControlGroup::Version::second, mount, path);
    else if (controllers.find(',' + controller + ',') != std::string::npos)
      add_up_from(groups, ControlGroup::Version::first, mount + '/' + controller, path);
  }
  return groups;
}

std::vector<ControlGroup> own_control_groups(const std::string& controller) {
  std::ifstream file("/proc/self/cgroup");
  return control_groups({std::istreambuf_iterator<char>(file), {}}, "/sys/fs/cgroup", controller);
}

}  // namespace detail
TWILL_END
