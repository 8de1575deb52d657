#pragma once

#include <cstdint>
#include <vector>

#include "tools/explore/clock.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// What a step does to an object, as far as others can tell.
struct Effect {
  /// Of what has no time limit: takes or gives back what only one can have; waits for a state;
  /// starts a thread, or begins it.
  enum Role : std::uint32_t { other, takes, gives_back, waits, starts };

  std::uint32_t object : 16 = 0;  ///< its number in this execution; 0: none
  std::uint32_t writes : 1 = 0;
  std::uint32_t timed : 1 = 0;  ///< its time may be over instead
  Role role : 3 = other;
};

/// Whether the order of the two can matter.
inline bool conflict(const Effect& a, const Effect& b) noexcept {
  return a.object != 0 && a.object == b.object && (a.writes || b.writes);
}

/// What could be done next.
struct Option {
  std::uint8_t task;
  std::uint8_t way;  ///< 0, or which of several outcomes: the time is over, a number was drawn
  bool preempts;     ///< the task that ran last could go on and has to wait
  const Effect* effect;
};

/// What a task did: from one point to the next.
struct Step {
  std::uint8_t task;
  std::uint8_t way;
  std::uint8_t what;  ///< an Operation's
  Effect effect;
  std::uint32_t woke = 0;  ///< the tasks that it started or woke, a bit each
};

using Trace = std::vector<Step>;

}  // namespace detail::explorer
TWILL_END
