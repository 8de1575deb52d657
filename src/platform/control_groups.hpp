#pragma once

#include <string>
#include <vector>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// The folder with the files of a control group.
struct ControlGroup {
  enum class Version { first, second };

  Version version;
  std::string folder;
};

/// The groups by which a controller ("cpu", "memory") holds a process: each with those that it is
/// in, outwards. `membership` is what /proc/self/cgroup says, `mount` where the groups' files are.
std::vector<ControlGroup> control_groups(const std::string& membership, const std::string& mount,
                                         const std::string& controller);

/// Those of this process. None where the system does not say.
std::vector<ControlGroup> own_control_groups(const std::string& controller);

}  // namespace detail
TWILL_END
