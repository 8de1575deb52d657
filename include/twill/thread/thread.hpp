#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <twill/park/deadline.hpp>
#include <twill/thread/target.hpp>

TWILL_BEGIN

struct ThreadOptions {
  std::string name = {};            ///< empty: "Thread-N", N from 1 in the whole process
  std::optional<bool> daemon = {};  ///< left out: that of the thread that makes it
};

namespace detail {
struct ThreadState;
}

/// A thread of the system (Python's threading.Thread): a handle on it, which can be copied, moved
/// and compared.
///
///     twill::Thread thread(adder, 1, 2);
///     thread.start();
///     thread.join();
///
/// Instead of giving it a callable one may derive from it; see make_thread().
///
/// Making a Thread starts nothing. An exception that leaves the callable goes to the excepthook.
/// The program does not end before its threads, unless they are daemons: those are dropped
/// wherever they are. Destroying the last of the handles that stem from the constructor joins a
/// started thread, lets a daemon go on, and drops one that was never started; what current_thread()
/// or enumerate() answers, and copies of that, only refer to a thread and never join.
///
/// Everything done before start() happens before the callable; everything the thread did, the
/// destructors of its thread_locals included, happens before join() returns. Any thread may call
/// anything. All members throw RuntimeError on a handle that was moved away. What the destructors
/// of the callable and its arguments throw goes to the excepthook as well.
class TWILL_API Thread {
 public:
  /// Will run f(args...), all copied or moved in, on a thread of its own.
  template <class F, class... Args>
    requires detail::Startable<F, Args...> && (!std::derived_from<std::remove_cvref_t<F>, Thread>)
  explicit Thread(F&& f, Args&&... args)
      : Thread(ThreadOptions{}, std::forward<F>(f), std::forward<Args>(args)...) {}

  /// The same with a name, or as a daemon: Thread({.name = "x", .daemon = true}, f, args...).
  template <class F, class... Args>
    requires detail::Startable<F, Args...>
  Thread(ThreadOptions options, F&& f, Args&&... args)
      : Thread(std::move(options),
               detail::target_of(std::forward<F>(f), std::forward<Args>(args)...)) {}

  Thread(const Thread& other) noexcept;
  Thread(Thread&& other) noexcept
      : state_(std::move(other.state_)), counted_(std::exchange(other.counted_, false)) {}
  Thread& operator=(Thread other) noexcept {
    std::swap(state_, other.state_);
    std::swap(counted_, other.counted_);
    return *this;
  }
  virtual ~Thread() { let_go(); }

  /// Starts the thread. It is alive and has its ident when this returns; it need not run yet.
  /// Throws RuntimeError if it was started before, and OSError, leaving it un-started, if the
  /// system refuses.
  void start();

  /// What start() has the new thread do: calls the callable. For classes that derive from Thread to
  /// override. Called directly it runs in the calling thread and starts nothing.
  virtual void run();

  /// Blocks until the thread has ended. Throws RuntimeError if it was not started, or is the
  /// caller, or one that twill did not start; DeadlockError if it would never return because the
  /// thread waits for the caller; InterruptedError.
  void join();
  /// True if the thread ended in time.
  bool join(Timeout timeout);
  /// Throws CancelledError if stop was requested first.
  void join(const std::stop_token& stop);
  /// True if the thread ended before the time was over and before stop was requested.
  bool try_join(Timeout timeout = std::chrono::seconds(0), const std::stop_token& stop = {});

  /// From start() until its end, which join() has seen. Never blocks.
  bool is_alive() const;

  /// A number that no other live thread has; none before start(). Stays after the end. Never 0.
  std::optional<std::uint64_t> ident() const;
  /// The kernel's number of the thread; none before start(). Blocks until the new thread runs, if
  /// it does not yet.
  std::optional<std::int64_t> native_id() const;

  /// A copy; blocks only for the moment of another's call.
  std::string name() const;
  /// At any time; need not be unique. The kernel sees the first 15 characters, if set before
  /// start() or by the thread itself. An empty name is one.
  void set_name(std::string name);

  /// Whether the program ends without waiting for it.
  bool daemon() const;
  /// Throws RuntimeError once the thread was started.
  void set_daemon(bool daemon);

  /// Whether both refer to the same thread.
  friend bool operator==(const Thread& a, const Thread& b) noexcept { return a.state_ == b.state_; }

 protected:
  /// For classes that override run().
  explicit Thread(ThreadOptions options = {});
  Thread(ThreadOptions options, std::unique_ptr<detail::Target> target,
         std::optional<Timeout> delay = {});

  /// A counted handle on the thread of `object`, which start() will keep until its run() has ended.
  explicit Thread(std::shared_ptr<Thread> object);

  detail::ThreadState& state() const;
  /// Gives up this handle's share: the last one joins.
  void let_go() noexcept;

 private:
  friend struct detail::ThreadState;
  explicit Thread(std::shared_ptr<detail::ThreadState> state) noexcept : state_(std::move(state)) {}

  std::shared_ptr<detail::ThreadState> state_;
  bool counted_ = false;  ///< whether it stems from the constructor
};

TWILL_END
