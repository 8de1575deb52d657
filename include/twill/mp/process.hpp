#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <twill/mp/crossing.hpp>
#include <twill/mp/start_method.hpp>
#include <twill/mp/system_exit.hpp>
#include <twill/park/deadline.hpp>
#include <twill/thread/target.hpp>

TWILL_BEGIN
namespace mp {

struct ProcessOptions {
  std::string name = {};            ///< empty: "Process-N"; "Process-N:M" for a child of that one
  std::optional<bool> daemon = {};  ///< left out: that of the process that makes it
};

namespace detail {
struct ProcessState;
}

/// A child process that runs a callable (Python's multiprocessing.Process): a handle on it, which
/// can be copied, moved and compared.
///
///     twill::mp::Process process(adder, 1, 2);
///     process.start();
///     process.join();
///
/// start() forks, so any callable will do: the child has a copy of all memory, and of all threads
/// only the one that called start(). So start while no other thread is busy: a lock that one holds
/// at that instant may stay locked in the child. Beside busy threads use the start methods `spawn`
/// and `forkserver` (start_method.hpp). What the child changes the parent does not see, but for the
/// objects that processes share: those it has from a fork, and by the others if they are passed by
/// std::ref().
/// Once the callable is done, the child waits for its threads and its own children, writes what
/// stdout, stderr, std::cout and std::clog hold back, and ends: with 0, 1 after an exception that
/// left the callable and is printed to stderr, or what SystemExit or exit() say. It runs no
/// destructor of what the parent has on its stack and in static storage, and none of the parent's
/// atexit().
///
/// The program does not end before its children, unless they are daemons: those get SIGTERM at its
/// end, and SIGKILL half a second later; they end as well if their parent is killed. Destroying the
/// last of the handles that stem from the constructor joins a started process, unless it is a
/// daemon. What current_process() and the like answer only refers to a process and never joins.
///
/// Any thread may call anything, but only of the process that made it: elsewhere all but pid(),
/// name() and daemon() throw RuntimeError. So do all members on a handle that was moved away, and
/// after close() ValueError.
class TWILL_API Process {
 public:
  /// Will run f(args...), all copied or moved in, in a process of its own.
  template <class F, class... Args>
    requires twill::detail::Startable<F, Args...> &&
             (!std::derived_from<std::remove_cvref_t<F>, Process>)
  explicit Process(F&& f, Args&&... args)
      : Process(ProcessOptions{}, std::forward<F>(f), std::forward<Args>(args)...) {}

  /// The same with a name, or as a daemon: Process({.name = "x", .daemon = true}, f, args...).
  template <class F, class... Args>
    requires twill::detail::Startable<F, Args...>
  Process(ProcessOptions options, F&& f, Args&&... args)
      : Process(std::move(options),
                twill::detail::target_of(std::forward<F>(f), std::forward<Args>(args)...)) {}

  /// The same by `spawn` or `forkserver`: start_method.hpp.
  template <detail::StartMethod Method, class F, class... Args>
    requires twill::detail::Startable<F, Args...>
  Process(Method method, F&& f, Args&&... args)
      : Process(method, ProcessOptions{}, std::forward<F>(f), std::forward<Args>(args)...) {}
  template <detail::StartMethod Method, class F, class... Args>
    requires twill::detail::Startable<F, Args...>
  Process(Method, ProcessOptions options, F&& f, Args&&... args)
      : Process(std::move(options),
                detail::crossing_of<Method, std::decay_t<F>, std::decay_t<Args>...>(f, args...)) {}

  Process(const Process& other) noexcept;
  Process(Process&& other) noexcept
      : state_(std::move(other.state_)), counted_(std::exchange(other.counted_, false)) {}
  Process& operator=(Process other) noexcept {
    std::swap(state_, other.state_);
    std::swap(counted_, other.counted_);
    return *this;
  }
  virtual ~Process() { let_go(); }

  /// Starts the process. Blocks for as long as the system needs to copy or start the program.
  /// Throws RuntimeError if it was started before, if the caller is a daemonic process, which may
  /// have no children, or if this program cannot be started once more; OSError, leaving it
  /// un-started, if the system refuses.
  void start();

  /// What start() has the child do: calls the callable. For classes that derive from Process to
  /// override.
  virtual void run();

  /// Blocks in the kernel until the process has ended. Throws RuntimeError if it was not started,
  /// or is not a child of the caller's process.
  void join();
  /// True if the process ended in time.
  bool join(Timeout timeout);
  /// Throws CancelledError if stop was requested first.
  void join(const std::stop_token& stop);
  /// True if the process ended before the time was over and before stop was requested.
  bool try_join(Timeout timeout = std::chrono::seconds(0), const std::stop_token& stop = {});

  /// From start() until its end. Never blocks.
  bool is_alive() const;
  /// None until the process has ended; then what it ended with, or -N if signal N ended it. 255 if
  /// somebody else has taken its end from the system, for instance by waitpid(-1).
  std::optional<int> exitcode() const;

  /// The kernel's number of the process; none before start(). Stays after the end.
  std::optional<int> pid() const;

  /// A copy.
  std::string name() const;
  /// At any time; need not be unique.
  void set_name(std::string name);

  /// Whether the program ends without waiting for it.
  bool daemon() const;
  /// Throws RuntimeError once the process was started.
  void set_daemon(bool daemon);

  /// A descriptor for poll() and its like, readable once the process has ended; it lasts as long as
  /// the handles, and until close(). Throws ValueError before start().
  int sentinel() const;

  /// Send SIGTERM, SIGKILL, SIGINT; nothing happens to a process that has ended. Throw RuntimeError
  /// before start().
  void terminate();
  void kill();
  void interrupt();

  /// Gives the descriptor back. Throws ValueError while the process runs; may be repeated.
  void close();

  /// Whether both refer to the same process.
  friend bool operator==(const Process& a, const Process& b) noexcept {
    return a.state_ == b.state_;
  }

 protected:
  /// For classes that override run().
  explicit Process(ProcessOptions options = {});
  Process(ProcessOptions options, std::unique_ptr<twill::detail::Target> target);
  Process(ProcessOptions options, detail::Crossing call);

  /// A counted handle on the process of `object`, which is kept until start() has copied it.
  Process(std::shared_ptr<Process> object, const std::type_info& type);

  detail::ProcessState& state() const;
  /// Gives up this handle's share: the last one joins.
  void let_go() noexcept;

 private:
  friend struct detail::ProcessState;
  explicit Process(std::shared_ptr<detail::ProcessState> state) noexcept
      : state_(std::move(state)) {}

  std::shared_ptr<detail::ProcessState> state_;
  bool counted_ = false;  ///< whether it stems from the constructor
};

/// The process that calls: "MainProcess" unless Process started it.
TWILL_API Process current_process();
/// The one that started it; none in the main process. Can be asked whether it is alive and joined.
TWILL_API std::optional<Process> parent_process();
/// The children that are alive, oldest first. Takes the ended ones off the system's table.
TWILL_API std::vector<Process> active_children();

/// A handle on a process that is an object of a class of yours; `->` reaches the parent's object.
template <std::derived_from<Process> T>
class ProcessOf : public Process {
 public:
  explicit ProcessOf(std::shared_ptr<T> object)
      : Process(object, typeid(T)), object_(std::move(object)) {}

  void run() override { static_cast<Process&>(*object_).run(); }  // theirs may be private

  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_.get(); }

 private:
  std::shared_ptr<T> object_;
};

/// Makes a process of a class of yours that derives from Process and overrides run(); T's
/// constructor gets `args`, and may pass ProcessOptions on. The name is "T-N" unless it does.
template <std::derived_from<Process> T, class... Args>
ProcessOf<T> make_process(Args&&... args) {
  return ProcessOf<T>(std::make_shared<T>(std::forward<Args>(args)...));
}

}  // namespace mp
TWILL_END
