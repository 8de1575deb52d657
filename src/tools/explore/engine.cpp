#include "tools/explore/engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <utility>

#include <twill/platform/error.hpp>
#include <twill/thread/threading.hpp>

#include "park/exiting.hpp"
#include "park/report.hpp"
#include "park/serials.hpp"
#include "park/virtual_time.hpp"
#include "platform/clock.hpp"
#include "task/names.hpp"
#include "thread/local.hpp"

TWILL_BEGIN
namespace detail::explorer {

Engine* Engine::running = nullptr;  // of its carrier alone

namespace {

constexpr std::uint64_t kStepsToWindDown = 100'000;

}  // namespace

Engine::Engine(std::uint64_t most_steps, Threads threads)
    : most_steps_(most_steps),
      longest_turn_(std::min<std::uint64_t>(1'000, most_steps / 20)),
      longest_wait_(std::min<std::uint64_t>(4'000, most_steps / 5)),
      began_at_(monotonic_now()),
      callers_kind_(self_context().kind.load(relaxed)),
      threads_(threads) {
  static_cast<void>(current_thread());  // has a state from here on
  running = this;
  tasks_[0].context = &self_context();
  tasks_[0].id = self_id;
  tasks_[0].name = "main";
  tasks_[0].context->kind.store(&task_kind, relaxed);
  if (threads == Threads::fibers) return;
  host_.move_to(carrier_);
  tasks_[0].fiber.move_to(carrier_);
}

Engine::~Engine() {
  pretend_exiting(false);
  virtual_time::set(0);
  tasks_[0].context->kind.store(callers_kind_, relaxed);
  running = nullptr;
}

const Outcome& Engine::run(const std::function<void()>& body, Strategy& strategy, bool tell) {
  begin(strategy, tell);
  body_ = &body;
  tasks_[0].fiber.prepare(0, begin_body, this);
  host_.switch_to(tasks_[0].fiber);
  tasks_[0].memory.make_callers();
  for (Task& task : tasks_) task.carrier.reset();
  note_names();
  return outcome_;
}

void Engine::run_on(Strategy& strategy, bool tell, Journal& journal, Over when_over) {
  begin(strategy, tell);
  journal_ = &journal;
  over_ = when_over;
}

void Engine::end_run() {
  note_names();
  over_(outcome_);
  std::abort();  // it does not return
}

void Engine::note_names() {
  if (!tell_) return;
  outcome_.names.clear();
  for (unsigned i = 0; i < count_; ++i) outcome_.names.push_back(tasks_[i].name);
}

void Engine::begin(Strategy& strategy, bool tell) {
  strategy_ = &strategy;
  tell_ = tell;
  winding_down_ = false;
  pretend_exiting(false);
  count_ = 1;
  make_current(0);
  steps_ = on_since_ = written_ = 0;
  limit_ = most_steps_;
  last_object_ = 0;
  objects_.clear();
  numbers_.forget();
  happened_before_.begin_execution();
  outcome_.failure = outcome_.race = {};
  outcome_.racing.clear();
  outcome_.choices.clear();
  outcome_.trace.clear();
  outcome_.was_free = false;
  outcome_.rows.clear();
  virtual_time::set(now_ = began_at_);
  threads_named.store(0, relaxed);
  crews_named.store(0, relaxed);
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
  task.memory.make_callers();
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
  if (count_ == kMostTasks) {
    fail(Finding::outside, current().name + " starts the 33rd thread: up to 32 can be explored");
    return EAGAIN;
  }
  Task& task = tasks_[count_];
  if (threads_ == Threads::real) {
    auto carrier = std::make_unique<Carrier>();
    if (const int error = carrier->start()) return error;
    task.carrier = std::move(carrier);
    task.fiber.move_to(*task.carrier);
  }
  stand(count_, Task::at_point, false, false);
  task.next = {};
  task.pending = effect_of(task.next);
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
  limit_ = kStepsToWindDown;
  if (over_ != nullptr) end_run();
}

void Engine::fail_for_fork() {
  fail(Finding::outside,
       "fork() by " + current().name + ": what a child process does cannot be explored");
}

Effect Engine::effect_of(const Operation& operation) {
  const Kind* kind = operation.subject.kind;
  const bool timed = !operation.is_variable() && operation.has_deadline();
  bool writes = true;
  auto role = Effect::other;
  switch (operation.what) {
    case Operation::begin:
      writes = false;
      role = Effect::starts;
      break;
    case Operation::draw:
    case Operation::read:
    case Operation::load:
    case TWILL_LOOK:
      writes = false;
      break;
    case TWILL_JOIN:
      writes = false;
      role = Effect::takes;  // what only the thread's end gives
      break;
    case Operation::end:
      role = Effect::gives_back;
      break;
    case TWILL_WAIT:
      writes = kind->ready == nullptr;
      if (!writes) role = Effect::waits;
      break;
    case TWILL_ACQUIRE:
      writes = !kind->shared;
      if (kind->ready != nullptr) role = kind->has_owners() ? Effect::takes : Effect::waits;
      break;
    case TWILL_PUT:
    case TWILL_GET:
      if (operation.may_wait()) role = Effect::waits;
      break;
    case TWILL_RELEASE:
      writes = !kind->shared;
      if (kind->has_owners()) role = Effect::gives_back;
      break;
    case TWILL_START:
      role = Effect::starts;
      break;
    default:
      break;
  }
  const bool may_give_up = timed || (!operation.is_variable() && operation.heeds_stop());
  if (may_give_up && role != Effect::gives_back) role = Effect::other;
  return {numbers_.of(operation.subject.object), writes, timed, role};
}

void Engine::note_race(const HappenedBefore::Access& earlier, const Operation& operation) {
  outcome_.racing.push_back(earlier.site);
  outcome_.racing.push_back(operation.subject.site);
  if (!outcome_.race) outcome_.race = {Finding::data_race, race_text(earlier, operation)};
  if (journal_ != nullptr) journal_->raced(outcome_);
}

/// It makes too many steps.
void Engine::come_to_an_end() {
  if (winding_down_) give_up_current();
  Failure failure = no_end();
  fail(failure.kind, std::move(failure.text));
}

unsigned Engine::point(const Operation& operation) {
  count_step();
  if (steps_ > limit_) [[unlikely]]
    come_to_an_end();
  Task& me = current();
  me.next = operation;
  me.pending = effect_of(operation);
  const bool asks = operation.asks();
  if (asks) {
    me.ready = operation.is_ready(me.id);
    me.heeds_stop = operation.heeds_stop();
    note_freedom(me.heeds_stop);  // to request a stop is no step
  }
  stand_here(asks, me.pending.timed);
  go_on();
  if (winding_down_) return 0;
  if (operation.what == TWILL_TRY_ACQUIRE && operation.subject.kind->ready != nullptr &&
      !operation.would_succeed(me.id))
    unchanged();
  if (tell_) tell(operation);
  note_order(operation);
  return outcome_.trace.back().way;
}

void Engine::block(Wait& wait) noexcept {
  Task& me = current();
  if (std::exchange(me.late, false)) claim_and_wake(wait.waiter(), detail::Outcome::timeout);
  if (!wait.fall_asleep()) return;
  me.wait = &wait;
  me.pending = {.object = numbers_.of(wait.subject.object),
                .writes = true,
                .timed = !wait.limits.deadline.is_never()};
  stand(current_, Task::blocked, false, me.pending.timed);
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
      task.pending = {};  // out of a condition's line
    if (i == current_) continue;
    HappenedBefore::wakes(current_, current().clock, count_, task.clock);
    if (!outcome_.trace.empty()) outcome_.trace.back().woke |= 1u << i;
  }
}

}  // namespace detail::explorer
TWILL_END
