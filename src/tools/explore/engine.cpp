#include "tools/explore/engine.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <exception>
#include <pthread.h>
#include <unistd.h>
#include <utility>

#include <twill/platform/error.hpp>
#include <twill/thread/threading.hpp>

#include "park/edges.hpp"
#include "park/exiting.hpp"
#include "park/serials.hpp"
#include "park/spin.hpp"
#include "park/virtual_time.hpp"
#include "platform/clock.hpp"
#include "platform/dying.hpp"
#include "thread/local.hpp"

TWILL_BEGIN
namespace detail::explorer {

Engine* Engine::running = nullptr;  // of its carrier alone

namespace {

constexpr std::uint64_t kStepsToWindDown = 100'000;
constexpr std::uint64_t kLongestTurn = 1'000;  ///< steps, while others could go on as well
constexpr std::uint64_t kLongestWait = 4'000;  ///< steps, of one who could go on
constexpr std::uint32_t kLooks = 10;           ///< without news, and it spins

const ContextKind task_kind{[](Context&, Wait& wait) noexcept { Engine::of_carrier().block(wait); },
                            [](Context& target) noexcept { Engine::of_carrier().wake(target); },
                            [](Context& child, void* (*entry)(void*), void* argument) noexcept {
                              return Engine::of_carrier().start(child, entry, argument);
                            }};

void oversee_task(twill_operation what, const Subject& subject, const Limits* limits) {
  Engine* engine = Engine::of_caller();
  if (engine == nullptr || what == TWILL_SLEEP) return;  // a sleep comes to block()
  engine->point({.what = static_cast<std::uint8_t>(what), .subject = subject, .limits = limits});
}

constexpr Overseer overseer{oversee_task};

/// Nobody can go on after that: the thread stops where it stands.
void fail_instead_of_dying(const char* line) noexcept {
  Engine* engine = Engine::of_caller();
  if (engine == nullptr) return;
  engine->fail(Finding::misuse, line);
  engine->give_up_current();
}

}  // namespace

/// The child would go on as a part of the same exploration.
void Engine::before_fork() {
  Engine* const engine = of_caller();
  forks = engine != nullptr;
  if (forks)
    engine->fail(Finding::outside, "fork() by " + engine->current().name +
                                       ": what a child process does cannot be explored");
}

void Engine::in_child_of_fork() {
  if (forks) _exit(127);
}

bool Engine::forks = false;

namespace {

[[gnu::constructor(105)]] void register_fork_handlers() {
  pthread_atfork(Engine::before_fork, nullptr, Engine::in_child_of_fork);
}

}  // namespace

Engine::Engine(std::uint64_t most_steps)
    : most_steps_(most_steps),
      began_at_(monotonic_now()),
      callers_kind_(self_context().kind.load(relaxed)) {
  static_cast<void>(current_thread());  // has a state from here on
  running = this;
  tasks_[0].context = &self_context();
  tasks_[0].id = self_id;
  tasks_[0].name = "main";
  tasks_[0].context->kind.store(&task_kind, relaxed);
  one_at_a_time.store(true, relaxed);
  oversee(&overseer);
  before_dying.store(fail_instead_of_dying, release);
}

Engine::~Engine() {
  oversee(nullptr);
  before_dying.store(nullptr, release);
  pretend_exiting(false);
  one_at_a_time.store(false, relaxed);
  virtual_time::set(0);
  tasks_[0].context->kind.store(callers_kind_, relaxed);
  running = nullptr;
}

const Outcome& Engine::run(const std::function<void()>& body, Strategy& strategy, bool tell) {
  begin(strategy, tell);
  body_ = &body;
  tasks_[0].fiber.prepare(0, begin_body, this);
  host_.switch_to(tasks_[0].fiber);
  note_names();
  return outcome_;
}

void Engine::run_on(Strategy& strategy, bool tell, Over when_over) {
  begin(strategy, tell);
  over_ = when_over;
}

void Engine::end_run() {
  note_names();
  over_(outcome_);
  std::abort();  // it does not return
}

void Engine::note_names() {
  outcome_.names.clear();
  for (unsigned i = 0; i < count_; ++i) outcome_.names.push_back(tasks_[i].name);
}

void Engine::begin(Strategy& strategy, bool tell) {
  strategy_ = &strategy;
  tell_ = tell;
  winding_down_ = false;
  pretend_exiting(false);
  count_ = 1;
  current_ = 0;
  steps_ = on_since_ = written_ = 0;
  last_object_ = 0;
  objects_.clear();
  numbers_.forget();
  happened_before_.begin_execution();
  outcome_.failure = outcome_.race = {};
  outcome_.racing.clear();
  outcome_.choices.clear();
  outcome_.trace.clear();
  outcome_.was_fair = false;
  outcome_.rows.clear();
  virtual_time::set(now_ = began_at_);
  threads_named.store(0, relaxed);
  count_labels_anew();

  Task& body = tasks_[0];
  at_point_ = asking_ = timed_ = 0;
  stand(0, Task::at_point, false, false);
  body.clock = {};
  body.clock.at[0] = 1;
  body.late = false;
  body.looks = 0;
  body.ran_at = 0;
}

void Engine::begin_body(void* self) {
  Engine& engine = *static_cast<Engine*>(self);
  try {
    (*engine.body_)();
  } catch (const Stop&) {
  } catch (const DeadlockError& e) {
    engine.fail(Finding::deadlock, e.what());
  } catch (const std::exception& e) {
    engine.fail(Finding::exception, std::string("an exception left the body: ") + e.what());
  } catch (...) {
    engine.fail(Finding::exception, "an exception left the body");
  }
  for (unsigned i = 1; i < engine.count_; ++i)
    if (engine.tasks_[i].state != Task::ended)
      engine.fail(Finding::leak,
                  "the body has ended while " + engine.tasks_[i].name + " still runs: join it");
  engine.end_current();
}

void Engine::begin_thread(void* self) {
  Engine& engine = *static_cast<Engine*>(self);
  Task& task = engine.current();
  task.entry(task.argument);
  end_locals();
  engine.point({.what = Operation::end, .subject = {task.argument, nullptr, nullptr, nullptr}});
  end_context(*task.context);
  engine.end_current();
}

void Engine::end_current() {
  stand(current_, Task::ended, false, false);
  go_on();
  std::abort();  // nobody goes on with an ended task
}

int Engine::start(Context& child, void* (*entry)(void*), void* argument) noexcept {
  if (count_ == kMostTasks) return EAGAIN;
  Task& task = tasks_[count_];
  stand(count_, Task::at_point, false, false);
  task.next = {};
  task.pending = {};
  task.late = false;
  task.looks = 0;
  task.ran_at = steps_;
  task.context = &child;
  task.id = child.id.load(relaxed);
  task.entry = entry;
  task.argument = argument;
  task.name = name_of(task.id);
  task.memory = {.self = task.id};
  task.fiber.prepare(count_, begin_thread, this);
  HappenedBefore::starts(current_, current().clock, count_, task.clock);
  if (!outcome_.trace.empty()) outcome_.trace.back().woke |= 1u << count_;
  ++count_;
  return 0;
}

void Engine::fail(Finding kind, std::string what) {
  if (std::exchange(winding_down_, true)) return;
  outcome_.failure = {kind, std::move(what)};
  pretend_exiting(true);
  steps_ = 0;
  if (over_ != nullptr) end_run();
}

Effect Engine::effect_of(const Operation& operation) {
  Effect effect;
  const Kind* kind = operation.subject.kind;
  switch (operation.what) {
    case Operation::begin:
    case Operation::draw:
      return effect;
    case Operation::read:
    case Operation::load:
    case TWILL_LOOK:
      break;
    case TWILL_JOIN:
      effect.role = Effect::waits;
      break;
    case TWILL_WAIT:
      effect.writes = kind->ready == nullptr;
      if (!effect.writes) effect.role = Effect::waits;
      break;
    case TWILL_ACQUIRE:
      effect.writes = !kind->shared;
      if (kind->ready != nullptr) effect.role = kind->has_owners() ? Effect::takes : Effect::waits;
      break;
    case TWILL_PUT:
    case TWILL_GET:
      effect.writes = true;
      if (operation.may_wait()) effect.role = Effect::waits;
      break;
    case TWILL_RELEASE:
      effect.writes = !kind->shared;
      if (kind->has_owners()) effect.role = Effect::gives_back;
      break;
    default:
      effect.writes = true;
  }
  effect.timed = operation.has_deadline();
  if (effect.timed && effect.role != Effect::gives_back) effect.role = Effect::other;
  if (operation.subject.object != nullptr) effect.object = numbers_.of(operation.subject.object);
  return effect;
}

unsigned Engine::point(const Operation& operation) {
  beats_.store(beats_.load(relaxed) + 1, relaxed);
  if (++steps_ > (winding_down_ ? kStepsToWindDown : most_steps_)) {
    if (winding_down_) return give_up_current(), 0;
    Failure failure = no_end();
    fail(failure.kind, std::move(failure.text));
  }
  Task& me = current();
  me.next = operation;
  me.pending = {effect_of(operation), operation.is_plain(), operation.subject.site};
  const bool asks = operation.may_wait() && operation.subject.kind->ready != nullptr;
  if (asks) me.ready = operation.is_ready(me.id);
  stand(current_, Task::at_point, asks, me.pending.effect.timed);
  go_on();
  if (winding_down_) return 0;
  const Kind* kind = operation.subject.kind;
  if (operation.what == TWILL_TRY_ACQUIRE && kind->ready != nullptr &&
      !kind->ready(operation.subject.object, me.id))
    unchanged();
  if (tell_) tell(operation);
  note_order(operation);
  return outcome_.trace.back().way;
}

void Engine::note_order(const Operation& operation) {
  Task& me = current();
  if (!operation.is_plain())
    return happened_before_.does(current_, me.clock, count_, operation, me.pending.effect.object);
  const auto earlier = happened_before_.accesses(current_, me.clock, me.pending.effect.writes,
                                                 operation.subject.site, me.pending.effect.object);
  if (earlier.at == 0) return;
  outcome_.racing.push_back(earlier.site);
  outcome_.racing.push_back(operation.subject.site);
  if (!outcome_.race) outcome_.race = {Finding::data_race, race_text(earlier, operation)};
}

void Engine::block(Wait& wait) noexcept {
  Task& me = current();
  if (std::exchange(me.late, false)) claim_and_wake(wait.waiter(), detail::Outcome::timeout);
  if (!wait.fall_asleep()) return;
  me.wait = &wait;
  const void* object = wait.subject.object;
  me.pending = {.effect = {.object = object != nullptr ? numbers_.of(object) : std::uint16_t{0},
                           .writes = true,
                           .timed = !wait.limits.deadline.is_never()}};
  stand(current_, Task::blocked, false, me.pending.effect.timed);
  go_on();
  me.wait = nullptr;
  if (!winding_down_ && wait.subject.object != nullptr)
    happened_before_.hears(me.clock, count_, numbers_.of(wait.subject.object));
}

void Engine::wake(const Context& context) noexcept {
  for (unsigned i = 0; i < count_; ++i) {
    Task& task = tasks_[i];
    if (task.context != &context || task.state != Task::blocked) continue;
    stand(i, Task::at_point, false, false);
    task.next = {.what = Operation::resume, .subject = task.wait->subject};
    const Kind& kind = *task.wait->subject.kind;
    if (kind.guess != nullptr && kind.ready == nullptr)
      task.pending.effect = {};  // out of a condition's line
    if (i == current_) continue;
    HappenedBefore::wakes(current_, current().clock, count_, task.clock);
    if (!outcome_.trace.empty()) outcome_.trace.back().woke |= 1u << i;
  }
}

// Who goes on.

/// Whether it would not wait: only a step on its object can change that.
inline bool Engine::is_ready(Task& task) {
  if (task.pending.effect.object == last_object_ || task.next.heeds_stop())
    task.ready = task.next.is_ready(task.id);
  return task.ready;
}

inline void Engine::add_options(unsigned number, bool preempts) noexcept {
  const Task& task = tasks_[number];
  const auto add = [&](unsigned way) {
    options_[option_count_++] = {static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(way),
                                 preempts, &task.pending};
  };
  add(0);
  for (unsigned way = 1; way < task.next.ways; ++way) add(way);
}

/// What the calling task and, after it, the others could do; then whose time could be over.
void Engine::collect() {
  const auto each = [](Tasks tasks, auto&& call) {
    for (; tasks != 0; tasks &= tasks - 1) call(static_cast<unsigned>(std::countr_zero(tasks)));
  };
  Tasks ready = at_point_ & ~asking_;
  each(at_point_ & asking_, [&](unsigned task) {
    if (is_ready(tasks_[task])) ready |= bit(task);
  });
  const Tasks late = timed_ & ~ready;
  could_ = ready | late;
  option_count_ = 0;
  const bool goes_on = (ready & bit(current_)) != 0;
  if (goes_on) add_options(current_, false);
  const Tasks before = bit(current_) - 1;
  each(ready & ~before & ~bit(current_), [&](unsigned task) { add_options(task, goes_on); });
  each(ready & before, [&](unsigned task) { add_options(task, goes_on); });
  each(late, [&](unsigned task) {
    options_[option_count_++] = {static_cast<std::uint8_t>(task), 1, goes_on,
                                 &tasks_[task].pending};
  });
}

/// Notes how a task is from now on.
inline void Engine::stand(unsigned task, Task::State state, bool asks, bool timed) noexcept {
  tasks_[task].state = state;
  const auto set = [task](Tasks& tasks, bool in) {
    tasks = (tasks & ~bit(task)) | (in ? bit(task) : 0);
  };
  set(at_point_, state == Task::at_point);
  set(asking_, asks);
  set(timed_, timed && state != Task::ended);
}

/// Has looked again and again, and nothing was written meanwhile.
bool Engine::is_spinning(const Task& task) const noexcept {
  return task.looks > kLooks && task.news == written_ &&
         (!task.pending.effect.writes || task.next.what == Operation::modify);
}

/// True if that makes a difference; at least one option stays.
bool Engine::keep(bool (*wanted)(const Engine&, const Option&)) {
  const auto unwanted = [&](const Option& option) { return !wanted(*this, option); };
  const auto before = options();
  const auto end = std::remove_if(before.begin(), before.end(), unwanted);
  if (end == before.begin() || end == before.end()) return false;
  option_count_ = static_cast<std::size_t>(end - before.begin());
  could_ = 0;
  for (const Option& option : options()) could_ |= bit(option.task);
  return true;
}

/// Who only looks lets others go first, nobody goes on for ever, and nobody waits for ever who
/// could go on. So what has no end has none on a fair machine either.
void Engine::be_fair() {
  if (option_count_ < 2) return;
  if (current().looks > kLooks || steps_ - on_since_ > kLooks)
    keep([](const Engine& e, const Option& o) { return !e.is_spinning(e.tasks_[o.task]); });
  if (steps_ - on_since_ > std::min(kLongestTurn, most_steps_ / 20))
    outcome_.was_fair |=
        keep([](const Engine& e, const Option& o) { return o.task != e.current_; });
  const std::uint64_t wait = std::min(kLongestWait, most_steps_ / 5);
  if (steps_ > wait && option_count_ > 1)
    outcome_.was_fair |= keep([](const Engine& e, const Option& o) {
      return e.steps_ - e.tasks_[o.task].ran_at > std::min(kLongestWait, e.most_steps_ / 5);
    });
}

/// Counts whether the last step, now that it is done, was of any use.
inline void Engine::settle() noexcept {
  if (outcome_.trace.empty()) return;
  const Step& last = outcome_.trace.back();
  Task& task = tasks_[last.task];
  if (last.effect.writes) ++written_;
  if (task.news != written_) task.news = written_, task.looks = 0;
  task.looks += last.effect.writes ? 0 : 1;
}

void Engine::unchanged() noexcept {
  if (!winding_down_) outcome_.trace.back().effect.writes = false;
}

void Engine::go_on() {
  if (!winding_down_) settle();
  for (collect(); option_count_ == 0; collect())
    if (std::all_of(tasks_, tasks_ + count_, [](const Task& t) { return t.state == Task::ended; }))
      return over();
    else if (!unblock_somebody())
      return over();
  if (winding_down_) return take(options_[0]);
  be_fair();
  const std::size_t chosen = strategy_->choose(options(), outcome_.trace);
  if (option_count_ > 1) outcome_.choices.push_back(static_cast<std::uint8_t>(chosen));
  take(options_[chosen]);
}

void Engine::take(const Option& option) {
  Task& next = tasks_[option.task];
  if (!winding_down_) {
    outcome_.trace.push_back(
        {option.task, option.way, next.next.what, next.pending.effect, 0, could_});
    last_object_ = next.pending.effect.object;
    next.ran_at = steps_;
  }
  const bool times_out = option.way != 0 && next.next.ways == 1;
  if (times_out) {
    now_ = std::max(now_, next.limits()->deadline.nanoseconds());
    virtual_time::set(now_);
    next.late = next.state == Task::at_point;
    if (next.state == Task::blocked) {
      const Clock before = next.clock;
      claim_and_wake(next.wait->waiter(), detail::Outcome::timeout);
      next.clock = before;  // nobody has woken it
    }
  } else {
    next.late = false;
  }
  if (option.task != current_) switch_to(option.task);
}

void Engine::switch_to(unsigned task) {
  Task& from = current();
  Task& next = tasks_[task];
  on_since_ = steps_;
  from.memory = Memory::of_caller();
  current_ = task;
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
  if (!winding_down_) {
    Failure failure = whats_stuck();
    fail(failure.kind, std::move(failure.text));
  }
  for (unsigned i = 0; i < count_; ++i)
    if (tasks_[i].state == Task::blocked && sentence(tasks_[i].id, {"the exploration ends here"}))
      return true;
  for (unsigned i = 0; i < count_; ++i)
    if (tasks_[i].state == Task::at_point) {
      tasks_[i].next = {};
      stand(i, Task::at_point, false, false);
      return true;
    }
  return false;
}

/// It does not end by itself, whatever it is told. What it has is lost.
void Engine::give_up_current() {
  steps_ = 0;
  if (current_ != 0) end_context(*current().context);
  end_current();
}

}  // namespace detail::explorer

using detail::explorer::Engine;
using detail::explorer::Operation;

detail::SharedCell::SharedCell(const char* name) : name_(name) {
  if (Engine* engine = Engine::of_caller()) engine->made(*this);
}

bool detail::SharedCell::uses(Use use, const void* site) const {
  Engine* engine = Engine::of_caller();
  if (engine == nullptr) return false;
  const auto what = static_cast<std::uint8_t>(Operation::read + static_cast<unsigned>(use));
  engine->point({.what = what, .subject = {this, nullptr, nullptr, site}});
  return engine->is_telling();
}

void detail::SharedCell::unchanged() const noexcept {
  if (Engine* engine = Engine::of_caller()) engine->unchanged();
}

void detail::SharedCell::done(const void* value, Text text) const {
  Engine::of_carrier().accessed(name_, text(value));
}

TWILL_END
