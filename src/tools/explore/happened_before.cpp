#include "tools/explore/happened_before.hpp"

#include "park/symbol.hpp"

TWILL_BEGIN
namespace detail::explorer {

void HappenedBefore::begin_execution() {
  objects_.clear();
  variables_.clear();
}

void HappenedBefore::hears(Clock& clock, const void* object) {
  if (const auto found = objects_.find(object); found != objects_.end()) clock.join(found->second);
}

void HappenedBefore::tells(unsigned task, Clock& clock, const void* object) {
  objects_[object].join(clock);
  ++clock.at[task];
}

void HappenedBefore::starts(unsigned task, Clock& clock, unsigned child, Clock& of_child) {
  of_child = clock;
  of_child.at[child] = 1;
  ++clock.at[task];
}

void HappenedBefore::does(unsigned task, Clock& clock, const Operation& operation) {
  const void* object = operation.subject.object;
  switch (operation.what) {
    case TWILL_ACQUIRE:
    case TWILL_TRY_ACQUIRE:
    case TWILL_WAIT:
    case TWILL_JOIN:
      return hears(clock, object);
    case TWILL_RELEASE:
    case TWILL_NOTIFY:
      return tells(task, clock, object);
    case TWILL_PUT:
    case TWILL_GET:
      hears(clock, object);
      return tells(task, clock, object);
    default:
      return;
  }
}

std::string HappenedBefore::accesses(unsigned task, const Clock& clock, const Operation& operation,
                                     const Task* tasks) {
  Variable& variable = variables_[operation.subject.object];
  const bool writes = operation.access == Operation::write;
  const auto race = [&](const char* what, const Access& earlier) {
    return std::string(" is ") + what + " by " + tasks[earlier.task].name + " at " +
           place_of(earlier.site) + " and " + (writes ? "written" : "read") + " by " +
           tasks[task].name + " at " + place_of(operation.subject.site) +
           ", and nothing orders the two";
  };
  std::string found;
  if (!ordered(variable.write, clock)) found = race("written", variable.write);
  if (writes)
    for (const Access& read : variable.reads)
      if (found.empty() && !ordered(read, clock)) found = race("read", read);
  const Access now{task, clock.at[task], operation.subject.site};
  if (writes)
    variable.write = now;
  else
    variable.reads[task] = now;
  return found;
}

}  // namespace detail::explorer
TWILL_END
