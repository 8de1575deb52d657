// Who goes on: the other half of the engine.

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "park/edges.hpp"
#include "park/virtual_time.hpp"
#include "tools/explore/engine.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

constexpr std::uint32_t kLooks = 10;  ///< without news, and it spins

}  // namespace

/// Whether it would not wait: only a step on its object can change that.
inline bool Engine::is_ready(Task& task) {
  if (task.heeds_stop)
    task.ready = task.next.is_ready(task.id);
  else if (task.pending.object == last_object_)
    task.ready = task.next.would_succeed(task.id);
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

inline void Engine::look() {
  ready_ = at_point_ & ~asking_;
  for (Tasks left = at_point_ & asking_; left != 0; left &= left - 1) {
    const auto task = static_cast<unsigned>(std::countr_zero(left));
    if (is_ready(tasks_[task])) ready_ |= bit(task);
  }
  could_ = ready_ | timed_;
}

/// What the calling task and, after it, the others could do; then whose time could be over.
void Engine::list() noexcept {
  const auto each = [](Tasks tasks, auto&& call) {
    for (; tasks != 0; tasks &= tasks - 1) call(static_cast<unsigned>(std::countr_zero(tasks)));
  };
  option_count_ = 0;
  if (ready_ == bit(current_) && could_ == ready_) return add_options(current_, false);
  const bool goes_on = (ready_ & bit(current_)) != 0;
  if (goes_on) add_options(current_, false);
  const Tasks before = bit(current_) - 1;
  each(ready_ & ~before & ~bit(current_), [&](unsigned task) { add_options(task, goes_on); });
  each(ready_ & before, [&](unsigned task) { add_options(task, goes_on); });
  each(could_ & ~ready_, [&](unsigned task) {
    options_[option_count_++] = {static_cast<std::uint8_t>(task), 1, goes_on,
                                 &tasks_[task].pending};
  });
}

/// Has looked again and again, and nothing was written meanwhile.
bool Engine::is_spinning(const Task& task) const noexcept {
  return task.looks > kLooks && task.news == written_ &&
         (!task.pending.writes || task.next.what == Operation::modify);
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

inline bool Engine::is_fairness_due() const noexcept {
  return steps_ - on_since_ > kLooks || me_->looks > kLooks || steps_ > longest_wait_;
}

/// Who only looks lets others go first, nobody goes on for ever, and nobody waits for ever who
/// could go on. So what has no end has none on a fair machine either.
void Engine::be_fair() {
  if (option_count_ < 2) return;
  const std::uint64_t turn = steps_ - on_since_;
  if (turn > kLooks || me_->looks > kLooks)
    keep([](const Engine& e, const Option& o) { return !e.is_spinning(e.tasks_[o.task]); });
  if (turn > longest_turn_)
    note_freedom(keep([](const Engine& e, const Option& o) { return o.task != e.current_; }));
  if (steps_ > longest_wait_)
    note_freedom(keep([](const Engine& e, const Option& o) {
      return e.steps_ - e.tasks_[o.task].ran_at > e.longest_wait_;
    }));
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

/// Whether the calling task goes on with that without a choice.
inline bool Engine::passes_over(const void* site) const noexcept {
  return strategy_->passes_over(site) && !winding_down_ && steps_ < longest_wait_ &&
         steps_ - on_since_ < kLooks && me_->looks < kLooks;
}

void Engine::use(const Operation& operation) {
  if (!operation.is_plain() || !passes_over(operation.subject.site)) {
    point(operation);
    return;
  }
  settle();
  stand_here(false, false);
  if (!Operation::is_plain(outcome_.trace.back().what))
    look();  // that could have made somebody ready
  if (could_ != bit(current_)) note_choice(0);
  count_step();
  me_->late = false;
  me_->pending = {.object = numbers_.of(operation.subject.object),
                  .writes = operation.what == Operation::write};
  note_step({static_cast<std::uint8_t>(current_), 0, operation.what, me_->pending});
  if (tell_) tell(operation);
  note_order(operation);
}

void Engine::go_on() {
  if (winding_down_) return wind_down();
  settle();
  look();
  if (could_ == 0) return wind_down();
  list();
  if (is_fairness_due()) be_fair();
  const std::size_t chosen = strategy_->choose(options(), outcome_.trace);
  if (option_count_ > 1) note_choice(chosen);
  const Option& option = options_[chosen];
  const Task& next = tasks_[option.task];
  note_step({option.task, option.way, next.next.what, next.pending});
  take(option);
}

/// Nobody chooses any more: whoever can go on does.
void Engine::wind_down() {
  for (look(); could_ == 0; look())
    if (std::all_of(tasks_, tasks_ + count_, [](const Task& t) { return t.state == Task::ended; }))
      return over();
    else if (!unblock_somebody())
      return over();
  list();
  take(options_[0]);
}

void Engine::take(const Option& option) {
  Task& next = tasks_[option.task];
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
  on_since_ = steps_;
  leave(from);
  make_current(task);
  from.fiber.switch_to(tasks_[task].fiber);
  from.memory.make_callers();
}

/// Another one goes on. What has ended has nothing of twill's any more.
void Engine::leave(Task& task) noexcept {
  task.memory = Memory::of_caller();
  if (task.state == Task::ended) Memory().make_callers();
}

/// Back to where the execution was begun.
void Engine::over() {
  Task& last = current();
  leave(last);
  make_current(0);
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
TWILL_END
