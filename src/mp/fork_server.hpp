#pragma once

#include "mp/process_state.hpp"

TWILL_BEGIN
namespace mp::detail {

/// Has the server of this process, which is started if there is none, fork a child that makes
/// state's call; spawns it where there can be no such server. `go` and `lifeline` (-1: none) are
/// given to the child. Answers the pid of the child, which is one of this process; or -errno.
/// Throws as spawn() does.
int fork_by_server(const ProcessState& state, int go, int lifeline);

/// Ends the server, if there is one, and takes it off the system's table. For tests.
void end_fork_server() noexcept;

}  // namespace mp::detail
TWILL_END
