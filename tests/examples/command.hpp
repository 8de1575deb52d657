#pragma once

#include <string>

#include "examples/run_example.hpp"
#include "support/shell.hpp"

namespace examples {

/// What the command `twill` says on stdout and stderr; status 124 after 100 seconds. `limits`: a
/// command that runs another one, or nothing.
inline support::Answer explore(const std::string& arguments, const std::string& limits = "") {
  return support::shell("timeout 100 " + limits + " " TWILL_COMMAND " explore " + arguments +
                        " 2>&1");
}

}  // namespace examples
