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

constexpr std::uint64_t kLongestTurn = 1'000;  ///< steps, while others could go on as well
constexpr std::uint64_t kLongestWait = 4'000;  ///< steps, of one who could go on
constexpr std::uint32_t kLooks = 10;           ///< without news, and it spins

}  // namespace

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
TWILL_END
