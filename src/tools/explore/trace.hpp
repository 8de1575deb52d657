#pragma once

#include <cstdint>
#include <vector>

#include "tools/explore/clock.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// What a step does to an object, as far as others can tell.
struct Effect {
  /// Of what has no time limit: takes or gives back what only one can have; waits for a state.
  enum Role : std::uint8_t { other, takes, gives_back, waits };

  std::uint16_t object = 0;  ///< its number in this execution; 0: none
  bool writes = false;
  bool timed = false;  ///< its time may be over instead
  Role role = other;
};

/// Whether the order of the two can matter.
inline bool conflict(const Effect& a, const Effect& b) noexcept {
  return a.object != 0 && a.object == b.object && (a.writes || b.writes);
}

/// What a task is about to do.
struct Pending {
  Effect effect;
  bool plain = false;  ///< the use of a Shared
  const void* site = nullptr;
};

/// What could be done next.
struct Option {
  std::uint8_t task;
  std::uint8_t way;  ///< 0, or which of several outcomes: the time is over, a number was drawn
  bool preempts;     ///< the task that ran last could go on and has to wait
  const Pending* pending;

  const Effect& effect() const noexcept { return pending->effect; }
  bool is_plain() const noexcept { return way == 0 && pending->plain; }
  const void* site() const noexcept { return pending->site; }
};

/// What a task did: from one point to the next.
struct Step {
  std::uint8_t task;
  std::uint8_t way;
  std::uint8_t what;  ///< an Operation's
  Effect effect;
  std::uint32_t woke;   ///< the tasks that it started or woke, a bit each
  std::uint32_t could;  ///< the tasks that could have gone instead, and itself
};

using Trace = std::vector<Step>;

}  // namespace detail::explorer
TWILL_END
