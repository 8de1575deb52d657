#pragma once

#include "mp/process_state.hpp"

TWILL_BEGIN
namespace mp::detail {

/// Starts the program once more, to make state's call. `go`, `lifeline` and `more` stay open in the
/// new process, those that are not -1. Answers the pid, or -errno. Throws RuntimeError if the call
/// has no place that can be named, or if this program cannot be started once more.
int spawn(const ProcessState& state, int go, int lifeline, int more = -1);

}  // namespace mp::detail
TWILL_END
