#pragma once

#include <string>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// How many threads the process can have at work at a time, at least 1: what the environment says
/// (TWILL_CPU_COUNT), else as many processors as it may run on, or as its control group has time
/// for, rounded up. Read anew each time.
int cpus_for_work() noexcept;

/// The processors that the control groups of a process leave it, rounded up; 0 for no limit.
/// `membership` is what /proc/self/cgroup says, `mount` where the groups' files are.
int cpus_of_groups(const std::string& membership, const std::string& mount);

}  // namespace detail
TWILL_END
