#pragma once

#include <vector>

#include <twill/platform/abi.hpp>

#include "platform/control_groups.hpp"

TWILL_BEGIN
namespace detail {

/// How many threads the process can have at work at a time, at least 1: what the environment says
/// (TWILL_CPU_COUNT), else as many processors as it may run on, or as its control group has time
/// for, rounded up. Read anew each time.
int cpus_for_work() noexcept;

/// The processors that control groups leave a process, rounded up; 0 for no limit.
int cpus_of_groups(const std::vector<ControlGroup>& groups);

}  // namespace detail
TWILL_END
