#pragma once

#include <vector>

#include "model/locations.hpp"

TWILL_BEGIN
namespace model {

enum class What : std::uint8_t {
  load,
  store,
  modify,
  compared,
  unequal,
  sleep,
  no_sleep,
  wake,
  no_wake,
  barrier,
  yield,
  look,
  timed_out,
  woke_for_nothing,
  interrupted,
  begin,
  end
};

/// One thing that happened in an execution.
struct Step {
  What what;
  std::uint8_t thread;
  const Location* location;
  std::uint64_t before;
  std::uint64_t after;
};

/// The steps in words, one a line, each thread in a column of its own. Leaves out what nobody else
/// can see.
std::string tell(const std::vector<Step>& steps, Locations& locations);

/// A number that two equal executions have in common.
std::uint64_t fingerprint(const std::vector<Step>& steps) noexcept;

}  // namespace model
TWILL_END
