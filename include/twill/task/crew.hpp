#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <twill/park/subject.hpp>
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
  std::optional<std::size_t> max_in_flight = {};  ///< so many jobs are queued or run, see Entry
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

  /// ValueError for max_in_flight = 0.
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
  /// Asks what runs to stop.
  void request_stop() noexcept;
  /// Waits until all workers are gone, of a closed crew. False if `limits` came first. A worker of
  /// its own waits for nobody. CancelledError.
  bool join(const Limits& limits = {});

  int size() const noexcept;
  bool is_bounded() const noexcept { return is_bounded_; }
  const std::string& name() const noexcept;
  bool has_initializer() const noexcept;
  /// Whether the calling thread may do what the crew is for: its workers always; others unless
  /// there is an initializer. For others, RuntimeError if it is closed; BrokenThreadPool.
  bool admits_caller() const;
  /// Made in an exploration: what depends on time would not come again.
  bool is_explored() const noexcept;
  /// Whether the calling thread works for that crew and has stack enough left to do a job within a
  /// job.
  static bool may_help(const State* crew) noexcept;
  /// Says when what runs is asked to stop.
  static std::stop_token stopping(const State& crew) noexcept;

  State& state() const noexcept { return *state_; }

 private:
  std::shared_ptr<State> state_;
  const bool is_bounded_;
};

/// The way of a job into a crew: through the door at once, or, if the crew is bounded, once there
/// is room.
///
/// A job counts from before it is made until a worker is done with it, or has found that it was
/// cancelled; members of groups do not count. A worker that finds no room does not wait for any,
/// which might come of its own end only: it does the job there and then, as a part of its own. If
/// it has not stack enough left for that, a spare one does, and it waits for that one.
class TWILL_API Entry {
 public:
  /// Waits for room. TimeoutError, DeadlockError, InterruptedError.
  Entry(Crew& crew, Timeout timeout, const std::stop_token& stop) : crew_(crew) {
    if (crew.is_bounded()) [[unlikely]]
      room_ = wait_for_room(timeout, stop);
  }
  ~Entry() {
    if (room_ == Room::taken) [[unlikely]]
      give_back();
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  /// As Crew::submit(), once. What was stopped before there was room is cancelled.
  bool submit(Job& job, int priority) {
    if (room_ == Room::unlimited) [[likely]]
      return crew_.submit(job, priority);
    return submit_to_bounded(job, priority);
  }

 private:
  enum class Room : std::uint8_t {
    unlimited,
    taken,    ///< for this job, and not passed on to it yet
    none,     ///< and the caller is a worker
    stopped,  ///< before there was any
  };

  Room wait_for_room(Timeout timeout, const std::stop_token& stop);
  bool submit_to_bounded(Job& job, int priority);
  void do_at_once(Job& job);
  bool hand_over(Job& job);
  void give_back() noexcept;

  Crew& crew_;
  Room room_ = Room::unlimited;
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
