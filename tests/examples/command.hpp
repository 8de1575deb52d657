#pragma once

#include <string>

#include "examples/run_example.hpp"

/// The command `twill`, as it is typed.
namespace examples {

struct Answer {
  int status;        ///< 124 after 100 seconds
  std::string text;  ///< stdout and stderr
};

/// `limits`: a command that runs another one, or nothing.
Answer explore(const std::string& arguments, const std::string& limits = "");

}  // namespace examples
