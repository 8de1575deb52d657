#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <twill/platform/callback.hpp>
#include <twill/task/job.hpp>

TWILL_BEGIN
namespace detail {

struct Seat;

struct CrewOptions {
  int size;                   ///< how many jobs run at once at most
  const char* kind;           ///< "ThreadPool"
  std::string name = {};      ///< workers are called name_0, name_1, ...; empty: "ThreadPool-N"
  Callback initializer = {};  ///< what each worker does before its first job
  bool daemon = false;        ///< the end of the program does not wait for what they do
};

/// The workers that every pool is made of: threads that do jobs, so many at once.
///
/// Jobs are begun in the order of their priority and then of their coming; of short ones a worker
/// takes a handful at a time. A worker that waits for what another job of the crew will do (a
/// future, a group) gives up its place meanwhile, and a spare one goes on with the rest. So no more
/// than `size` are at work, but for the moment in which one comes back.
class TWILL_API Crew {
 public:
  struct State;

  explicit Crew(CrewOptions options);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  /// Closes, and waits for the workers, unless one of them asks.
  ~Crew();

  /// False if it is closed. The job is the crew's from here on, also then, or if this throws:
  /// BrokenThreadPool, OSError if the first thread is refused, bad_alloc.
  bool submit(Job& job, int priority = 0);

  /// Starts all workers now, and not as they are needed. OSError if one is refused.
  void start_all();
  /// Takes nothing more; what it has is done. May be repeated.
  void close() noexcept;
  /// Abandons what was not begun.
  void abandon_queued() noexcept;
  /// Waits until all workers are gone, of a closed crew. A worker of its own waits for nobody.
  void join();

  int size() const noexcept;
  const std::string& name() const noexcept;
  bool has_initializer() const noexcept;
  /// Made in an exploration: what depends on time would not come again.
  bool is_explored() const noexcept;
  /// Whether the calling thread works for that crew and has stack enough left to do a job within a
  /// job.
  static bool may_help(const State* crew) noexcept;

  State& state() const noexcept { return *state_; }

 private:
  std::shared_ptr<State> state_;
};

/// While it lives the calling thread waits for what a crew will do: if it is a worker, a spare one
/// takes its place.
class TWILL_API Absence {
 public:
  Absence() noexcept;
  ~Absence();
  Absence(const Absence&) = delete;
  Absence& operator=(const Absence&) = delete;

 private:
  Seat* const seat_;
};

}  // namespace detail
TWILL_END
