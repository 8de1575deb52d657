#include "tools/explore/happened_before.hpp"

#include <bit>

TWILL_BEGIN
namespace detail::explorer {

HappenedBefore::Object& HappenedBefore::make_known(std::uint16_t number) {
  if (objects_.size() < number) objects_.resize(number);
  for (; known_ < number; ++known_) {
    Object& fresh = objects_[known_];
    fresh.clock = {};
    fresh.write = {};
    fresh.readers = 0;
  }
  return objects_[number - 1u];
}

void HappenedBefore::hears(Clock& clock, unsigned tasks, std::uint16_t object) {
  if (object != 0) clock.join(object_of(object).clock, tasks);
}

void HappenedBefore::tells(unsigned task, Clock& clock, unsigned tasks, std::uint16_t object) {
  if (object != 0) object_of(object).clock.join(clock, tasks);
  ++clock.at[task];
}

void HappenedBefore::starts(unsigned task, Clock& clock, unsigned child, Clock& of_child) noexcept {
  of_child = clock;
  of_child.at[child] = 1;
  ++clock.at[task];
}

void HappenedBefore::wakes(unsigned task, Clock& clock, unsigned tasks, Clock& of_other) noexcept {
  of_other.join(clock, tasks);
  ++clock.at[task];
}

void HappenedBefore::does(unsigned task, Clock& clock, unsigned tasks, const Operation& operation,
                          std::uint16_t object) {
  switch (operation.what) {
    case TWILL_ACQUIRE:
    case TWILL_TRY_ACQUIRE:
    case TWILL_JOIN:
    case TWILL_LOOK:
    case Operation::load:
    case Operation::resume:
      return hears(clock, tasks, object);
    case TWILL_RELEASE:
    case TWILL_NOTIFY:
    case TWILL_CHANGE:
    case Operation::end:
      return tells(task, clock, tasks, object);
    case TWILL_WAIT:  // whoever comes to a barrier says so
    case TWILL_PUT:
    case TWILL_GET:
    case Operation::modify:
      hears(clock, tasks, object);
      return tells(task, clock, tasks, object);
    default:
      return;
  }
}

const HappenedBefore::Access* HappenedBefore::accesses(unsigned task, const Clock& clock,
                                                       bool writes, const void* site,
                                                       std::uint16_t object) {
  Object& variable = object_of(object);
  const Access* earlier = nullptr;
  if (!ordered(variable.write, clock)) earlier = &(earlier_ = variable.write);
  const Access now{task, clock.at[task], site, writes};
  if (!writes) {
    variable.readers |= 1u << task;
    variable.reads[task] = now;
    return earlier;
  }
  for (std::uint32_t left = variable.readers; left != 0; left &= left - 1) {
    const Access& read = variable.reads[std::countr_zero(left)];
    if (!ordered(read, clock)) earlier = &read;
  }
  variable.readers = 0;
  variable.write = now;
  return earlier;
}

}  // namespace detail::explorer
TWILL_END
