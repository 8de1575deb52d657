#pragma once

#include <span>

#include "tools/explore/trace.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// Decides who goes on.
class Strategy {
 public:
  virtual ~Strategy() = default;

  /// Begins an execution; false: there is none left.
  virtual bool next() = 0;

  /// The index of one of the options, of which there is at least one; the first is the default:
  /// whoever runs goes on. `trace` is what was done so far. Called before each step.
  virtual std::size_t choose(std::span<const Option> options, const Trace& trace) = 0;

  /// What the execution was in the end.
  virtual void learn(const Trace& trace) = 0;
};

}  // namespace detail::explorer
TWILL_END
