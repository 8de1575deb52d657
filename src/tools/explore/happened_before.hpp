#pragma once

#include <vector>

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
  void begin_execution() noexcept { known_ = 0; }

  /// `task`, of so many, does `operation` on the object of that number.
  void does(unsigned task, Clock& clock, unsigned tasks, const Operation& operation,
            std::uint16_t object);
  /// What was done before something was said of `object` happened before what comes now.
  void hears(Clock& clock, unsigned tasks, std::uint16_t object);
  /// The other end of that.
  void tells(unsigned task, Clock& clock, unsigned tasks, std::uint16_t object);
  /// `child` begins.
  static void starts(unsigned task, Clock& clock, unsigned child, Clock& of_child) noexcept;
  /// What `task` did until now happened before what the other does once it is awake.
  static void wakes(unsigned task, Clock& clock, unsigned tasks, Clock& of_other) noexcept;

  /// The use of a Shared, and the earlier one that nothing orders.
  struct Access {
    unsigned task = 0;
    std::uint32_t at = 0;  ///< 0: there was none
    const void* site = nullptr;
    bool writes = false;
  };
  /// That one, until the next; null if all is well.
  const Access* accesses(unsigned task, const Clock& clock, bool writes, const void* site,
                         std::uint16_t object);

 private:
  struct Object {
    Clock clock;
    Access write;
    std::uint32_t readers = 0;  ///< a bit each
    Access reads[kMostTasks];
  };

  static bool ordered(const Access& earlier, const Clock& clock) noexcept {
    return earlier.at <= clock.at[earlier.task];
  }
  Object& object_of(std::uint16_t number) {
    return number <= known_ ? objects_[number - 1u] : make_known(number);
  }
  Object& make_known(std::uint16_t number);

  std::vector<Object> objects_;
  std::size_t known_ = 0;  ///< so many were used in this execution
  Access earlier_;
};

}  // namespace detail::explorer
TWILL_END
