#pragma once

#include <functional>
#include <string>
#include <vector>

#include <twill/tools/shared.hpp>

#include "tools/explore/happened_before.hpp"
#include "tools/explore/rows.hpp"
#include "tools/explore/strategy.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// What an execution came to.
struct Outcome {
  std::string failure = {};
  std::string race = {};  ///< a data race, which ends nothing
  std::vector<std::size_t> choices = {};
  std::uint64_t decisions = 0;
  std::uint64_t steps = 0;
  std::vector<Row> rows = {};  ///< if it was to be told
  std::vector<std::string> names = {};
};

/// Runs executions of a body: its threads are fibers on the calling thread, one of which runs at a
/// time, from one operation to the next. While an Engine lives, new objects are born watched, and
/// the caller's context is one of its tasks'.
class Engine {
 public:
  Engine(const std::function<void()>& body, std::uint64_t most_steps);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// One execution.
  Outcome run(Strategy& strategy, bool tell);

  /// The engine whose task the caller is, or null.
  static Engine* of_caller() noexcept;

  // What a task does.
  void point(const Operation& operation);
  void block(Wait& wait) noexcept;
  void wake(const Context& context) noexcept;
  int start(Context& child, void* (*entry)(void*), void* argument) noexcept;
  void accessed(const char* variable, std::string value);
  void fail(std::string what);

  bool is_telling() const noexcept { return tell_; }

 private:
  static void begin_body(void* engine);
  static void begin_thread(void* engine);

  Task& current() noexcept { return tasks_[current_]; }
  bool wants_to_run(Task& task);
  void collect();
  void go_on();
  void resume(Option option);
  void end_current();
  void over();
  bool unblock_somebody();
  void give_up_current();
  std::string whats_stuck();
  void tell(const Operation& operation);
  std::string name_of_object(const Subject& subject);

  const std::function<void()>& body_;
  const std::uint64_t most_steps_;
  const ContextKind* const callers_kind_;
  Fiber host_;
  Task tasks_[kMostTasks];
  HappenedBefore happened_before_;

  // Of one execution.
  Strategy* strategy_ = nullptr;
  bool tell_ = false;
  bool winding_down_ = false;  ///< it has failed: everybody is to end
  unsigned count_ = 0;
  unsigned current_ = 0;
  std::uint64_t steps_ = 0;
  std::int64_t now_ = 0;
  std::vector<Option> options_;
  std::vector<const void*> objects_;  ///< without a name, in the order in which they came up
  Outcome outcome_;
};

/// What a failed check() throws, so that its thread ends.
struct Stop {};

}  // namespace detail::explorer
TWILL_END
