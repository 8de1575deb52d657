// What an engine saw, in words.

#include <algorithm>
#include <cstring>

#include "park/context.hpp"
#include "park/edges.hpp"
#include "park/report.hpp"
#include "park/symbol.hpp"
#include "tools/explore/engine.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

struct FirstOwner : Owners {
  FirstOwner() noexcept : Owners{note} {}

  static void note(Owners& self, std::uint32_t owner, const void* acquired_at, bool) {
    auto& first = static_cast<FirstOwner&>(self);
    if (first.context != 0) return;
    first.context = owner;
    first.site = acquired_at;
  }

  std::uint32_t context = 0;
  const void* site = nullptr;
};

const char* verb_of(std::uint8_t what) noexcept {
  switch (what) {
    case TWILL_ACQUIRE:
      return "acquire ";
    case TWILL_TRY_ACQUIRE:
      return "try ";
    case TWILL_RELEASE:
      return "release ";
    case TWILL_WAIT:
      return "wait for ";
    case TWILL_NOTIFY:
      return "notify ";
    case TWILL_PUT:
      return "put into ";
    case TWILL_GET:
      return "get from ";
    case TWILL_START:
      return "start ";
    case TWILL_JOIN:
      return "join ";
    case TWILL_LOOK:
      return "look at ";
    case TWILL_CHANGE:
      return "change ";
    case Operation::read:
    case Operation::load:
      return "read";
    case Operation::write:
      return "write";
    case Operation::modify:
      return "update";
    case Operation::draw:
      return "draw ";
    default:
      return "";
  }
}

/// Whether a step has a line of its own in the table.
bool is_told(std::uint8_t what) noexcept { return *verb_of(what) != '\0'; }

std::size_t line_of(const Trace& trace, const Step& step) {
  return 1 + static_cast<std::size_t>(
                 std::count_if(trace.data(), &step, [](const Step& s) { return is_told(s.what); }));
}

}  // namespace

std::string Engine::name_of_task(std::uint32_t context) const {
  const auto is_it = [context](const Task& task) { return task.id == context; };
  const auto* const found = std::find_if(tasks_, tasks_ + count_, is_it);
  return found != tasks_ + count_ ? found->name : name_of(context);
}

Failure Engine::whats_stuck() {
  std::vector<Link> links;
  Failure failure{Finding::deadlock, {}};
  std::string lost;
  for (unsigned i = 0; i < count_; ++i) {
    const Task& task = tasks_[i];
    if (task.state == Task::ended) continue;
    const Subject& subject = task.subject();
    FirstOwner owner;
    if (subject.kind->has_owners()) subject.kind->owners(subject.object, owner);
    links.push_back({.waiter = task.name,
                     .owner = owner.context != 0 ? name_of_task(owner.context) : "",
                     .object = name_of_object(subject),
                     .waits_at = subject.site,
                     .acquired_at = owner.site});
    const Step* futile = futile_notify(task);
    if (futile == nullptr) continue;
    failure.kind = Finding::lost_wakeup;
    lost += "\n  " + tasks_[futile->task].name + " notified " + links.back().object + " at step " +
            std::to_string(line_of(outcome_.trace, *futile)) + ", when nobody waited for it";
  }
  const bool is_lost = failure.kind == Finding::lost_wakeup;
  failure.text =
      waits_text(is_lost ? "lost wake-up: nobody can go on" : "deadlock: nobody can go on", links) +
      lost;
  return failure;
}

/// The last notify() of the condition that the task waits for, if it woke nobody.
const Step* Engine::futile_notify(const Task& waiter) noexcept {
  if (waiter.state != Task::blocked || waiter.pending.object == 0) return nullptr;
  const auto notifies = [&](const Step& step) {
    return step.what == TWILL_NOTIFY && step.effect.object == waiter.pending.object;
  };
  const auto last = std::find_if(outcome_.trace.rbegin(), outcome_.trace.rend(), notifies);
  return last == outcome_.trace.rend() || last->woke != 0 ? nullptr : &*last;
}

Failure Engine::no_end() {
  const std::string steps = std::to_string(most_steps_) + " steps";
  for (unsigned i = 0; i < count_; ++i) {
    const Task& task = tasks_[i];
    if (task.state == Task::ended || steps_ - task.ran_at < most_steps_ / 2) continue;
    const Subject& subject = task.subject();
    if (subject.kind == nullptr || subject.kind->name == std::string_view("Thread")) continue;
    return {Finding::starvation, "starvation: " + task.name + " waits for " +
                                     name_of_object(subject) + " at " + place_of(subject.site) +
                                     " and had no turn in the last half of " + steps +
                                     ", while others went on"};
  }
  std::string who;
  for (unsigned i = 0; i < count_; ++i)
    if (tasks_[i].state == Task::at_point && tasks_[i].next.is_ready(tasks_[i].id))
      who += (who.empty() ? "" : ", ") + tasks_[i].name;
  return {Finding::livelock, "livelock: no end after " + steps +
                                 ", in which everybody had a turn; " + who +
                                 " could go on for ever (if it has an end, allow more steps)"};
}

std::string Engine::race_text(const HappenedBefore::Access& earlier, const Operation& operation) {
  const auto verb = [](bool writes) { return writes ? "written" : "read"; };
  return "data race: " + name_of_object(operation.subject) + " is " + verb(earlier.writes) +
         " by " + tasks_[earlier.task].name + " at " + place_of(earlier.site) + " and " +
         verb(operation.what == Operation::write) + " by " + current().name + " at " +
         place_of(operation.subject.site) + ", and nothing orders the two";
}

std::string Engine::name_of_object(const Subject& subject) {
  if (subject.object == nullptr) return subject.kind != nullptr ? subject.kind->name : "";
  if (subject.kind == nullptr) return static_cast<const SharedCell*>(subject.object)->name();
  if (subject.kind->name == std::string_view("Thread") ||
      subject.kind->name == std::string_view("Timer"))
    return detail::name_of(*static_cast<const ThreadState*>(subject.object));
  if (subject.label == nullptr) return subject.kind->name;
  const std::string name = subject.label->name(subject.kind->name);
  if (!name.starts_with(std::string(subject.kind->name) + '#')) return name;
  const auto known = std::find(objects_.begin(), objects_.end(), subject.object);
  const auto number = known - objects_.begin() + 1;
  if (known == objects_.end()) objects_.push_back(subject.object);
  return subject.kind->name + ('#' + std::to_string(number));
}

void Engine::tell(const Operation& operation) {
  if (!is_told(operation.what)) return;
  std::string what = verb_of(operation.what);
  if (operation.what == Operation::draw)
    what += std::to_string(outcome_.trace.back().way);
  else if (!operation.is_variable())
    what += name_of_object(operation.subject);
  if (current().late) what += ": too late";
  outcome_.rows.push_back({current_, std::move(what)});
}

void Engine::accessed(const char* variable, std::string value) {
  if (winding_down_ || outcome_.rows.empty()) return;
  Row& row = outcome_.rows.back();
  row.what += ' ' + value;
  row.variable = variable;
  row.value = std::move(value);
}

}  // namespace detail::explorer
TWILL_END
