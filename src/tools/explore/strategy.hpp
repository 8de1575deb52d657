#pragma once

#include <algorithm>
#include <memory_resource>
#include <span>
#include <vector>

#include "tools/explore/trace.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// Places in the program, in order.
using Places = std::pmr::vector<const void*>;

struct Outcome;

/// Is told at once what comes of an execution, of which there may be no more to be had.
class Journal {
 public:
  virtual void chose(std::uint8_t choice) noexcept = 0;
  /// The last step of that is new, and the one before is as it will stay.
  virtual void did(const Trace& trace) noexcept = 0;
  /// There was a data race.
  virtual void raced(const Outcome& outcome) noexcept = 0;
  virtual void was_free() noexcept = 0;

 protected:
  ~Journal() = default;
};

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

  /// Whether the use of a Shared there is no point to change threads at: the task goes on with it
  /// if it can, and choose() is not called.
  bool passes_over(const void* site) const noexcept {
    return places_ != nullptr && !std::binary_search(places_->begin(), places_->end(), site);
  }

 protected:
  /// From next() on: where the use of a Shared is such a point. Null: everywhere.
  const Places* places_ = nullptr;
};

}  // namespace detail::explorer
TWILL_END
