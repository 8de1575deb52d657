#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <twill/sync/condition.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/semaphore.hpp>
#include <twill/task/crew.hpp>

#include "task/appetite.hpp"
#include "task/lanes.hpp"
#include "task/seat.hpp"
#include "task/stall.hpp"

TWILL_BEGIN
namespace detail {

/// What a worker does, for whoever asks.
struct WorkerReport {
  std::uint32_t context;
  bool is_idle;
  const void* site;  ///< where its last job was submitted, if that is known
};
struct CrewReport {
  std::string name = {};
  std::size_t queued = 0;
  std::uint64_t begun = 0;  ///< jobs, up to now
  std::vector<WorkerReport> workers = {};
};
/// How often the process was forked from another one.
extern constinit unsigned forks;

/// What a crew and its workers share.
///
/// `size` places are given out. Whoever does a job, or looks for one, has a place; a worker that
/// finds nothing gives it up and is idle, until somebody who has work for it gives it one. So a
/// worker that is absent, since it waits for other jobs, has none, and one that comes back may be
/// one too many for a moment: then the next that is done with its job becomes idle.
struct Crew::State : std::enable_shared_from_this<State> {
  explicit State(CrewOptions given);

  bool submit(Job& job, int priority);
  /// What submit() would answer, or throw.
  bool takes_jobs() const;
  void start_all();
  void work(Worker& me);
  void leave() noexcept;
  void come_back() noexcept;
  void close() noexcept;
  void abandon_queued(const std::exception_ptr& why) noexcept;

  /// To be called after each push to the deque of a seat.
  void pushed() noexcept {
    if (const auto level = appetite.asked(); level != Appetite::none) [[unlikely]]
      tell_of_push(level);
  }
  /// A seat for the calling thread, which is no worker here; and away with it. RuntimeError in the
  /// child of a fork.
  Seat& sit_down();
  void get_up(Seat& guest) noexcept;

  /// The thread of the next worker that was started; null beyond the last.
  WorkerThread* thread_at(std::size_t index);

  bool employs_caller() const noexcept;
  CrewReport report() const;
  /// In the child of a fork the workers are missing.
  bool is_inherited() const noexcept { return forks_before != forks; }
  [[noreturn]] void throw_inherited() const;

  const int size;
  const std::string name;
  Callback initializer;
  const bool daemon;
  const bool watched;  ///< made for an exploration: nobody spins, measures, or uses a deque
  const unsigned forks_before;
  const std::size_t stack_to_use;
  Stall stall;  ///< the watchman's

  static constexpr std::size_t kMostRoom = std::size_t{1} << 29;
  /// Of a bounded crew: for jobs that are no members of groups. Once it is closed there is room for
  /// all who come to hear that.
  std::optional<Semaphore> room;
  std::stop_source stopping;

 private:
  struct Employment;
  class Hold;

  void enqueue(Job& job, int priority);
  bool initialize();
  void break_down(const char* how) noexcept;
  void replace(Worker& me) noexcept;
  void shut();
  void do_job(Job& job);
  Job* next(Worker& me);
  Job* take(Worker& me);
  Job* take_queued(Worker& me);
  Job* steal(Worker& me) noexcept;
  static void wait_for_more() noexcept;
  bool linger(Worker& me, Hold& hold);
  bool become_idle(Worker& me);
  bool wait_for_place();
  void forget(Seat& seat) noexcept;
  void set_appetite(int others) noexcept;
  void tell_of_push(Appetite::Level level) noexcept;
  void feed() noexcept;
  void call_somebody(std::size_t jobs);
  void call_quietly(std::size_t jobs) noexcept;
  void give_up_place() noexcept;
  bool has_workers() const noexcept;
  void start_worker();
  bool is_over() const noexcept { return closed && lanes.empty(); }
  std::size_t waiting_jobs() const noexcept;

  mutable Lock lock;
  Condition news;
  atomic<std::uint32_t> spin{0};
  // What lingering workers want to hear of, counted. Pushes of several seats may count as one.
  atomic<std::uint32_t> submissions{0};
  alignas(64) atomic<std::uint32_t> pushes{0};
  Appetite appetite;

  // Guarded by `lock`.
  Lanes lanes;
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<Seat*> seats;
  std::unique_ptr<Seat> spare;     ///< for the next guest
  std::uint64_t begun_before = 0;  ///< at seats that are no more
  int busy = 0;                    ///< places given out
  int idle = 0;                    ///< workers that wait for a place
  int granted = 0;                 ///< places given to idle workers that are on their way
  std::size_t looking = 0;         ///< places of those who linger, or are on their way
  bool closed = false;
  std::exception_ptr broken = nullptr;  ///< what everything fails with
};

/// All but those of explorations.
std::vector<std::shared_ptr<Crew::State>> living_crews();

/// Of the starvation watch: begins if it is wanted; answers 0 or an errno. And in the child of a
/// fork, where its thread is missing.
int start_watching() noexcept;
void forget_watching() noexcept;

}  // namespace detail
TWILL_END
