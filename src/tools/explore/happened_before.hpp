#pragma once

#include <string>
#include <unordered_map>

#include "tools/explore/task.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// What happened before what, by vector clocks, and whether that orders all uses of each Shared
/// (Flanagan and Freund, "FastTrack: Efficient and Precise Dynamic Race Detection", 2009).
///
/// An operation on an object orders more than it has to: who takes from a queue comes after all who
/// have put into it. So a race may go unseen in one execution, but none is seen where there is
/// none.
class HappenedBefore {
 public:
  void begin_execution();

  /// `task`, one of many, does `operation` now.
  void does(unsigned task, Clock& clock, const Operation& operation);
  /// What was done before something was said of `object` happened before what comes now.
  void hears(Clock& clock, const void* object);
  /// The other end of that.
  void tells(unsigned task, Clock& clock, const void* object);
  /// `child` begins.
  void starts(unsigned task, Clock& clock, unsigned child, Clock& of_child);

  /// What was not ordered, with both places; empty if nothing.
  std::string accesses(unsigned task, const Clock& clock, const Operation& operation,
                       const Task* tasks);

 private:
  struct Access {
    unsigned task = 0;
    std::uint32_t at = 0;  ///< 0: there was none
    const void* site = nullptr;
  };
  struct Variable {
    Access write;
    Access reads[kMostTasks];
  };

  static bool ordered(const Access& earlier, const Clock& clock) noexcept {
    return earlier.at <= clock.at[earlier.task];
  }

  std::unordered_map<const void*, Clock> objects_;
  std::unordered_map<const void*, Variable> variables_;
};

}  // namespace detail::explorer
TWILL_END
