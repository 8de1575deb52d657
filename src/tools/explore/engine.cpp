#include "tools/explore/engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <limits>
#include <utility>

#include <twill/thread/threading.hpp>

#include "park/edges.hpp"
#include "park/report.hpp"
#include "park/spin.hpp"
#include "park/virtual_time.hpp"
#include "platform/clock.hpp"
#include "thread/local.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

Engine* running = nullptr;  ///< of its carrier alone

constexpr std::uint64_t kStepsToWindDown = 100'000;

const ContextKind task_kind{[](Context&, Wait& wait) noexcept { running->block(wait); },
                            [](Context& target) noexcept { running->wake(target); },
                            [](Context& child, void* (*entry)(void*), void* argument) noexcept {
                              return running->start(child, entry, argument);
                            }};

void oversee_task(twill_operation what, const Subject& subject, const Limits* limits) {
  Engine* engine = Engine::of_caller();
  if (engine == nullptr || what == TWILL_SLEEP) return;  // a sleep comes to block()
  engine->point({.what = what, .subject = subject, .limits = limits});
}

constexpr Overseer overseer{oversee_task};

}  // namespace

Engine::Engine(const std::function<void()>& body, std::uint64_t most_steps)
    : body_(body), most_steps_(most_steps), callers_kind_(self_context().kind.load(relaxed)) {
  static_cast<void>(current_thread());  // has a state from here on
  running = this;
  tasks_[0].context = &self_context();
  tasks_[0].id = self_id;
  tasks_[0].name = "main";
  tasks_[0].context->kind.store(&task_kind, relaxed);
  one_at_a_time.store(true, relaxed);
  oversee(&overseer);
}

Engine::~Engine() {
  oversee(nullptr);
  one_at_a_time.store(false, relaxed);
  virtual_time::set(0);
  tasks_[0].context->kind.store(callers_kind_, relaxed);
  running = nullptr;
}

Engine* Engine::of_caller() noexcept {
  return running != nullptr && self_id != 0 && running->current().id == self_id ? running : nullptr;
}

Outcome Engine::run(Strategy& strategy, bool tell) {
  strategy_ = &strategy;
  tell_ = tell;
  winding_down_ = false;
  count_ = 1;
  current_ = 0;
  steps_ = 0;
  now_ = monotonic_now();
  objects_.clear();
  outcome_ = {};
  happened_before_.begin_execution();
  virtual_time::set(now_);
  threads_named.store(0, relaxed);

  Task& body = tasks_[0];
  body.state = Task::free;
  body.clock = {};
  body.clock.at[0] = 1;
  body.fiber.prepare(0, begin_body, this);
  host_.switch_to(body.fiber);

  outcome_.steps = steps_;
  for (unsigned i = 0; i < count_; ++i) outcome_.names.push_back(tasks_[i].name);
  return std::move(outcome_);
}

void Engine::begin_body(void* self) {
  Engine& engine = *static_cast<Engine*>(self);
  try {
    engine.body_();
  } catch (const Stop&) {
  } catch (const std::exception& e) {
    engine.fail(std::string("an exception left the body: ") + e.what());
  } catch (...) {
    engine.fail("an exception left the body");
  }
  for (unsigned i = 1; i < engine.count_; ++i)
    if (engine.tasks_[i].state != Task::ended)
      engine.fail("the body has ended while " + engine.tasks_[i].name + " still runs: join it");
  engine.end_current();
}

void Engine::begin_thread(void* self) {
  Engine& engine = *static_cast<Engine*>(self);
  Task& task = engine.current();
  task.entry(task.argument);
  end_locals();
  engine.happened_before_.tells(engine.current_, task.clock, task.argument);
  end_context(*task.context);
  engine.end_current();
}

void Engine::end_current() {
  current().state = Task::ended;
  go_on();
  std::abort();  // nobody goes on with an ended task
}

int Engine::start(Context& child, void* (*entry)(void*), void* argument) noexcept {
  if (count_ == kMostTasks) return EAGAIN;
  Task& task = tasks_[count_];
  task.state = Task::free;
  task.context = &child;
  task.id = child.id.load(relaxed);
  task.entry = entry;
  task.argument = argument;
  task.name = name_of(task.id);
  task.memory = {.self = task.id};
  task.fiber.prepare(count_, begin_thread, this);
  happened_before_.starts(current_, current().clock, count_, task.clock);
  ++count_;
  return 0;
}

void Engine::fail(std::string what) {
  if (std::exchange(winding_down_, true)) return;
  outcome_.failure = std::move(what);
  steps_ = 0;
}

void Engine::point(const Operation& operation) {
  if (++steps_ > (winding_down_ ? kStepsToWindDown : most_steps_)) {
    if (winding_down_) return give_up_current();
    fail("no end after " + std::to_string(most_steps_) + " steps: a livelock, or too few steps");
  }
  Task& me = current();
  me.next = operation;
  me.state = Task::at_point;
  go_on();
  me.state = Task::free;
  if (winding_down_) return;
  if (tell_) tell(operation);
  if (operation.access == Operation::none)
    return happened_before_.does(current_, me.clock, operation);
  std::string race = happened_before_.accesses(current_, me.clock, operation, tasks_);
  if (!race.empty() && outcome_.race.empty())
    outcome_.race = "data race: " + name_of_object(operation.subject) + race;
}

void Engine::block(Wait& wait) noexcept {
  if (!wait.fall_asleep()) return;
  Task& me = current();
  me.wait = &wait;
  me.state = Task::blocked;
  go_on();
  me.wait = nullptr;
  happened_before_.hears(me.clock, wait.subject.object);
}

void Engine::wake(const Context& context) noexcept {
  for (unsigned i = 0; i < count_; ++i)
    if (tasks_[i].context == &context && tasks_[i].state == Task::blocked)
      tasks_[i].state = Task::free;
}

// Who goes on.

namespace {

const Limits* limits_of(const Task& task) noexcept {
  return task.state == Task::blocked ? &task.wait->limits : task.next.limits;
}

bool has_deadline(const Task& task) noexcept {
  const Limits* limits = limits_of(task);
  return limits != nullptr && !limits->deadline.is_never();
}

}  // namespace

bool Engine::wants_to_run(Task& task) {
  return task.state == Task::free || (task.state == Task::at_point && task.next.is_ready(task.id));
}

/// What the calling task and, after it, the others could do; then whose time could be over.
void Engine::collect() {
  options_.clear();
  const bool goes_on = wants_to_run(current());
  for (unsigned i = 0; i < count_; ++i) {
    const unsigned task = (current_ + i) % count_;
    if (wants_to_run(tasks_[task])) options_.push_back({task, false, goes_on && i != 0});
  }
  for (unsigned task = 0; task < count_; ++task)
    if ((tasks_[task].state == Task::at_point || tasks_[task].state == Task::blocked) &&
        !wants_to_run(tasks_[task]) && has_deadline(tasks_[task]))
      options_.push_back({task, true, goes_on});
}

void Engine::go_on() {
  for (collect(); options_.empty(); collect())
    if (std::all_of(tasks_, tasks_ + count_, [](const Task& t) { return t.state == Task::ended; }))
      return over();
    else if (!unblock_somebody())
      return over();
  std::size_t chosen = 0;
  if (options_.size() > 1 && !winding_down_) {
    chosen = strategy_->choose(options_);
    outcome_.choices.push_back(chosen);
    ++outcome_.decisions;
  }
  resume(options_[chosen]);
}

void Engine::resume(const Option option) {
  Task& next = tasks_[option.task];
  if (option.times_out) {
    now_ = std::max(now_, limits_of(next)->deadline.nanoseconds());
    virtual_time::set(now_);
    if (next.state == Task::blocked) claim_and_wake(next.wait->waiter(), detail::Outcome::timeout);
  }
  if (option.task == current_) return;
  Task& from = current();
  from.memory = Memory::of_caller();
  current_ = option.task;
  next.memory.make_callers();
  from.fiber.switch_to(next.fiber);
}

/// Back to where the execution was begun.
void Engine::over() {
  Task& last = current();
  if (current_ != 0) tasks_[0].memory.make_callers();
  current_ = 0;
  last.fiber.switch_to(host_);
}

/// Nobody can go on. Says so, if that is news, and has somebody go on nevertheless, so that all
/// come to an end. False if that cannot be.
bool Engine::unblock_somebody() {
  if (!winding_down_) fail(whats_stuck());
  for (unsigned i = 0; i < count_; ++i)
    if (tasks_[i].state == Task::blocked && sentence(tasks_[i].id, {"the exploration ends here"}))
      return true;
  for (unsigned i = 0; i < count_; ++i)
    if (tasks_[i].state == Task::at_point) {
      tasks_[i].state = Task::free;
      return true;
    }
  return false;
}

/// It does not end, whatever it is told. What it has is lost.
void Engine::give_up_current() {
  steps_ = 0;
  if (current_ != 0) end_context(*current().context);
  end_current();
}

// In words.

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

const char* verb_of(const Operation& operation) noexcept {
  switch (operation.what) {
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
    default:
      return "";
  }
}

}  // namespace

std::string Engine::whats_stuck() {
  std::vector<Link> links;
  for (unsigned i = 0; i < count_; ++i) {
    const Task& task = tasks_[i];
    if (task.state != Task::at_point && task.state != Task::blocked) continue;
    const Subject& subject = task.state == Task::blocked ? task.wait->subject : task.next.subject;
    FirstOwner owner;
    if (subject.kind->has_owners()) subject.kind->owners(subject.object, owner);
    links.push_back({.waiter = task.name,
                     .owner = owner.context != 0 ? name_of(owner.context) : "",
                     .object = name_of_object(subject),
                     .waits_at = subject.site,
                     .acquired_at = owner.site});
  }
  return waits_text("deadlock: nobody can go on", links);
}

std::string Engine::name_of_object(const Subject& subject) {
  if (subject.kind == nullptr) return static_cast<const SharedCell*>(subject.object)->name();
  if (subject.kind->name == std::string("Thread"))
    return name_of(*static_cast<const ThreadState*>(subject.object));
  if (subject.label == nullptr) return subject.kind->name;
  const std::string name = subject.label->name(subject.kind->name);
  if (!name.starts_with(std::string(subject.kind->name) + '#')) return name;
  const auto known = std::find(objects_.begin(), objects_.end(), subject.object);
  const auto number = known - objects_.begin() + 1;
  if (known == objects_.end()) objects_.push_back(subject.object);
  return subject.kind->name + ('#' + std::to_string(number));
}

void Engine::tell(const Operation& operation) {
  const bool writes = operation.access == Operation::write;
  if (operation.access != Operation::none)
    outcome_.rows.push_back({current_, writes ? "write" : "read"});
  else
    outcome_.rows.push_back({current_, verb_of(operation) + name_of_object(operation.subject)});
}

void Engine::accessed(const char* variable, std::string value) {
  if (winding_down_ || outcome_.rows.empty()) return;
  Row& row = outcome_.rows.back();
  row.what += ' ' + value;
  row.variable = variable;
  row.value = std::move(value);
}

}  // namespace detail::explorer

using detail::explorer::Engine;
using detail::explorer::Operation;

void detail::SharedCell::reads(const void* site) const {
  if (Engine* engine = Engine::of_caller())
    engine->point({.access = Operation::read, .subject = {this, nullptr, nullptr, site}});
}

void detail::SharedCell::writes(const void* site) {
  if (Engine* engine = Engine::of_caller())
    engine->point({.access = Operation::write, .subject = {this, nullptr, nullptr, site}});
}

void detail::SharedCell::done(const void* value, Text text) const {
  if (Engine* engine = Engine::of_caller(); engine != nullptr && engine->is_telling())
    engine->accessed(name_, text(value));
}

TWILL_END
