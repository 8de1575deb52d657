#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <twill/tools/explore.hpp>
#include <twill/tools/shared.hpp>

#include "tools/explore/happened_before.hpp"
#include "tools/explore/numbers.hpp"
#include "tools/explore/rows.hpp"
#include "tools/explore/seams.hpp"
#include "tools/explore/strategy.hpp"
#include "tools/explore/task.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// What went wrong in an execution.
struct Failure {
  Finding kind = Finding::nothing;
  std::string text = {};

  explicit operator bool() const noexcept { return kind != Finding::nothing; }
  friend bool operator==(const Failure&, const Failure&) = default;
};

/// What an execution came to.
struct Outcome {
  Failure failure = {};
  Failure race = {};                       ///< a data race, which ends nothing
  std::vector<const void*> racing = {};    ///< its places
  std::vector<std::uint8_t> choices = {};  ///< where there were several options: which
  Trace trace = {};                        ///< up to the failure
  /// More than what is known decided who went on: fairness, or a stop that may be requested.
  bool was_free = false;
  std::vector<Row> rows = {};  ///< if it was to be told
  std::vector<std::string> names = {};
};

/// What the threads of a body are. Real ones have their own thread_locals, and take a hundred times
/// as long to change.
enum class Threads : bool { fibers, real };

/// Runs executions of a body: its threads are fibers, on the calling thread or on one for each, of
/// which one runs at a time, from one operation to the next. While an Engine lives, new objects are
/// born watched, and the caller's context is one of its tasks'.
class Engine {
 public:
  explicit Engine(std::uint64_t most_steps, Threads threads = Threads::fibers);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// One execution. What it came to is there until the next one.
  const Outcome& run(const std::function<void()>& body, Strategy& strategy, bool tell = false);

  /// The same with the rest of the program for a body, of which the caller is the main thread.
  /// `when_over` is called in the end, or when it fails, and does not return.
  using Over = void (*)(const Outcome& outcome);
  void run_on(Strategy& strategy, bool tell, Journal& journal, Over when_over);
  [[noreturn]] void end_run();

  /// The engine whose task the caller is, or null.
  static Engine* of_caller() noexcept {
    return running != nullptr && self_id != 0 && running->me_->id == self_id ? running : nullptr;
  }

  /// For those of its tasks that have no context any more, too.
  static Engine& of_carrier() noexcept { return *running; }

  // What a task does.
  /// Lets others go first, as the strategy likes. Answers which of its outcomes the operation has.
  unsigned point(const Operation& operation);
  /// The same for the use of a Shared; maybe the strategy passes it over.
  void use(const Operation& operation);
  void block(Wait& wait) noexcept;
  void wake(const Context& context) noexcept;
  int start(Context& child, void* (*entry)(void*), void* argument) noexcept;
  void made(const SharedCell& cell) { numbers_.renew(&cell); }
  void accessed(const char* variable, std::string value);
  void fail(Finding kind, std::string what);
  void fail_for_fork();
  /// Its last step was no write: it changed nothing.
  void unchanged() noexcept;
  [[noreturn]] void give_up_current();

  bool is_telling() const noexcept { return tell_; }
  /// Counts the steps of all executions.
  const atomic<std::uint64_t>& beats() const noexcept { return beats_; }

 private:
  static void begin_body(void* engine);
  static void begin_thread(void* engine);
  static Engine* running;

  using Tasks = std::uint32_t;  ///< a bit each
  static constexpr Tasks bit(unsigned task) noexcept { return Tasks{1} << task; }

  void begin(Strategy& strategy, bool tell);
  void note_names();

  Task& current() noexcept { return *me_; }
  void make_current(unsigned task) noexcept { me_ = &tasks_[current_ = task]; }

  // Who goes on, in schedule.cpp.
  void count_step() noexcept;
  void go_on();
  void look();
  bool is_ready(Task& task);
  bool passes_over(const void* site) const noexcept;
  void list() noexcept;
  void add_options(unsigned number, bool preempts) noexcept;
  void stand(unsigned task, Task::State state, bool asks, bool timed) noexcept;
  void stand_here(bool asks, bool timed) noexcept;
  std::span<Option> options() noexcept { return {options_.data(), option_count_}; }
  bool is_fairness_due() const noexcept;
  void be_fair();
  void settle() noexcept;
  bool is_spinning(const Task& task) const noexcept;
  bool keep(bool (*wanted)(const Engine&, const Option&));
  void note_choice(std::size_t chosen);
  void note_step(const Step& step);
  void take(const Option& option);
  void switch_to(unsigned task);
  static void leave(Task& task) noexcept;
  void come_to_an_end();
  [[noreturn]] void end_current();
  void over();
  void wind_down();
  bool unblock_somebody();
  Effect effect_of(const Operation& operation);
  void note_order(const Operation& operation);
  void note_freedom(bool free) noexcept;
  void note_race(const HappenedBefore::Access& earlier, const Operation& operation);

  // In words, in words.cpp.
  Failure whats_stuck();
  std::string name_of_task(std::uint32_t context) const;
  Failure no_end();
  void tell(const Operation& operation);
  std::string name_of_object(const Subject& subject);
  std::string race_text(const HappenedBefore::Access& earlier, const Operation& operation);
  const Step* futile_notify(const Task& waiter) noexcept;

  const std::uint64_t most_steps_;
  const std::uint64_t longest_turn_;  ///< steps, while others could go on as well
  const std::uint64_t longest_wait_;  ///< steps, of one who could go on
  const std::int64_t began_at_;
  const ContextKind* const callers_kind_;
  atomic<std::uint64_t> beats_{0};
  const Seams seams_;
  const Threads threads_;
  Carrier carrier_;  ///< the calling thread, if the others are real
  Fiber host_;
  Task tasks_[kMostTasks];
  HappenedBefore happened_before_;
  Numbers numbers_;

  // Of one execution.
  const std::function<void()>* body_ = nullptr;
  Over over_ = nullptr;
  Journal* journal_ = nullptr;
  Strategy* strategy_ = nullptr;
  bool tell_ = false;
  bool winding_down_ = false;  ///< it has failed: everybody is to end
  unsigned count_ = 0;
  unsigned current_ = 0;
  Task* me_ = tasks_;  ///< the current one
  std::uint64_t steps_ = 0;
  std::uint64_t limit_ = 0;        ///< of them
  std::uint64_t on_since_ = 0;     ///< the step with which the current task began to run
  std::uint64_t written_ = 0;      ///< steps that wrote something
  std::uint16_t last_object_ = 0;  ///< of the last step
  std::int64_t now_ = 0;
  /// Up to kMostWays of each task.
  std::vector<Option> options_ = std::vector<Option>(kMostTasks * kMostWays);
  std::size_t option_count_ = 0;
  Tasks ready_ = 0;                   ///< who could go on
  Tasks could_ = 0;                   ///< and whose time could be over
  Tasks at_point_ = 0;                ///< who stands so
  Tasks asking_ = 0;                  ///< of them, whoever may have to wait
  Tasks timed_ = 0;                   ///< who waits, or may have to, for some time only
  std::vector<const void*> objects_;  ///< without a name, in the order in which they came up
  Outcome outcome_;
};

/// The current task is at a point.
inline void Engine::stand_here(bool asks, bool timed) noexcept {
  asking_ = (asking_ & ~bit(current_)) | Tasks{asks} << current_;
  timed_ = (timed_ & ~bit(current_)) | Tasks{timed} << current_;
}

/// Notes how a task is from now on.
inline void Engine::stand(unsigned task, Task::State state, bool asks, bool timed) noexcept {
  tasks_[task].state = state;
  const auto set = [task](Tasks& tasks, bool in) {
    tasks = (tasks & ~bit(task)) | Tasks{in} << task;
  };
  set(at_point_, state == Task::at_point);
  set(asking_, asks);
  set(timed_, timed && state != Task::ended);
}

inline void Engine::note_step(const Step& step) {
  outcome_.trace.push_back(step);
  if (journal_ != nullptr) [[unlikely]]
    journal_->did(outcome_.trace);
  last_object_ = step.effect.object;
  tasks_[step.task].ran_at = steps_;
}

inline void Engine::note_choice(std::size_t chosen) {
  const auto choice = static_cast<std::uint8_t>(chosen);
  outcome_.choices.push_back(choice);
  if (journal_ != nullptr) [[unlikely]]
    journal_->chose(choice);
}

inline void Engine::note_freedom(bool free) noexcept {
  if (!free || outcome_.was_free) return;
  outcome_.was_free = true;
  if (journal_ != nullptr) journal_->was_free();
}

inline void Engine::count_step() noexcept {
  beats_.store(beats_.load(relaxed) + 1, relaxed);
  ++steps_;
}

inline void Engine::note_order(const Operation& operation) {
  if (!operation.is_plain())
    return happened_before_.does(current_, me_->clock, count_, operation, me_->pending.object);
  const auto* const earlier = happened_before_.accesses(
      current_, me_->clock, me_->pending.writes, operation.subject.site, me_->pending.object);
  if (earlier != nullptr) [[unlikely]]
    note_race(*earlier, operation);
}

/// What a failed check() throws, so that its thread ends.
struct Stop {};

}  // namespace detail::explorer
TWILL_END
