#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <utility>

#include <twill/platform/callback.hpp>
#include <twill/platform/here.hpp>
#include <twill/task/crew.hpp>
#include <twill/task/future.hpp>
#include <twill/task/results.hpp>
#include <twill/task/task.hpp>

TWILL_BEGIN

struct ThreadPoolExecutorOptions {
  /// How many tasks run at once at most; left out: process_cpu_count() + 4, up to 32.
  std::optional<int> max_workers = {};
  std::string thread_name_prefix = {};  ///< empty: "ThreadPoolExecutor-N"
  Callback initializer = {};            ///< what each worker does before its first task
  /// So many tasks are queued or run at most, see there; left out: as many as come.
  std::optional<std::size_t> max_in_flight = {};
};

struct ExecutorMapOptions {
  /// For all results, and for room to submit in, counted from the call.
  Timeout timeout = Timeout::never();
  /// So many elements are queued, running or unread at most, the one looked at included.
  std::size_t buffer_size = std::numeric_limits<std::size_t>::max();
};

struct ShutdownOptions {
  bool wait = true;  ///< until all that was submitted is done
  bool cancel_futures =
      false;  ///< what has not begun never will, and stop is requested of the rest
  Timeout timeout = Timeout::never();  ///< for the wait
  std::stop_token stop = {};           ///< for the wait
};

/// Threads that run what is submitted, so many tasks at once (Python's
/// concurrent.futures.ThreadPoolExecutor).
///
///     twill::ThreadPoolExecutor pool({.max_workers = 4});
///     twill::Future<int> sum = pool.submit(add, 1, 2);
///     for (int square : pool.map([](int n) { return n * n; }, std::views::iota(0, 10)))
///       use(square);
///
/// Threads are started as they are needed, named "<prefix>_0", "<prefix>_1", ...; one that is idle
/// takes the next task before another is started. Tasks begin in the order of their submission,
/// but for those that last less than some microseconds: a worker takes a handful of them at a
/// time. Whatever a task throws is its future's exception.
///
/// A task that waits for the result() of one that was submitted here and has not begun runs it
/// itself; while it waits for futures in any other way, a spare thread takes its place. So tasks
/// may submit and wait at any depth, and a task never runs below another one that does not wait
/// for it.
///
/// With max_in_flight, submit() waits until there is room: then no more than so many tasks are
/// queued or run. A task counts from before submit() copies it until a worker is done with it and
/// its callbacks, and has destroyed it; a cancelled one, until a worker comes across it. A worker
/// of the executor that finds no room runs the task itself, as a part of its own and before
/// submit() returns: so a full executor cannot deadlock on itself, but a task that goes on by
/// submitting itself as its last act needs room, and nobody submits under a lock that the task
/// takes. shutdown() ends the wait, with the error of a submit() that comes after it.
///
/// A callable that takes a std::stop_token before its arguments, and cannot be called without, is
/// given one. Stop is requested of it by Future::request_stop(), by the token of its SubmitOptions,
/// and by shutdown({.cancel_futures = true}); every blocking call of twill that is given the token
/// leaves then. It costs nothing where no callable takes one.
///
/// If the initializer throws, in any worker, the executor is broken: everything that has not begun,
/// and what is submitted later, fails with BrokenThreadPool. The destructor is shutdown(). At the
/// end of the program what was submitted is done before any static object is destroyed. In the
/// child of a fork an executor of the parent is of no use. Any thread may call anything; what was
/// done before submit() happens before the task.
class TWILL_API ThreadPoolExecutor {
 public:
  /// Starts nothing. ValueError for max_workers < 1 and for max_in_flight = 0.
  explicit ThreadPoolExecutor(ThreadPoolExecutorOptions options = {});
  ThreadPoolExecutor(const ThreadPoolExecutor&) = delete;
  ThreadPoolExecutor& operator=(const ThreadPoolExecutor&) = delete;
  ~ThreadPoolExecutor() = default;

  /// Has f(args...), all copied or moved in, called by a worker. Never blocks for long, unless
  /// there is a max_in_flight: then until there is room. TimeoutError if there is none in time;
  /// nothing was moved then. RuntimeError after shutdown(), BrokenThreadPool, OSError if the first
  /// thread is refused, DeadlockError, InterruptedError.
  template <class F, class... Args>
    requires Submittable<F, Args...>
  TWILL_INLINE auto submit(F&& f, Args&&... args) {
    return submit(SubmitOptions(), std::forward<F>(f), std::forward<Args>(args)...);
  }
  template <class F, class... Args>
    requires Submittable<F, Args...>
  TWILL_INLINE auto submit(SubmitOptions options, F&& f, Args&&... args) {
    return detail::submit_to(
        crew_, detail::here(), options, [this] { throw_shut(); }, std::forward<F>(f),
        std::forward<Args>(args)...);
  }

  /// Submits f(x), or f(x, y, ...) of several ranges up to the end of the shortest, and answers a
  /// range of the results in that order, to be read once; see Results. All are submitted at once,
  /// or, with a buffer_size, as many as fit it, and the others as results are read; as submit()
  /// does, both wait for room. `f` is called by several threads at a time. The range must be gone
  /// before the executor.
  template <class F, std::ranges::input_range... Ranges>
    requires(sizeof...(Ranges) > 0)
  auto map(F f, Ranges&&... ranges) {
    return map(ExecutorMapOptions(), std::move(f), std::forward<Ranges>(ranges)...);
  }
  template <class F, std::ranges::input_range... Ranges>
    requires(sizeof...(Ranges) > 0)
  auto map(ExecutorMapOptions options, F f, Ranges&&... ranges) {
    if (options.buffer_size == 0) throw ValueError("map() with buffer_size = 0: use 1 or more");
    const Deadline deadline = options.timeout;
    const auto submit_one = [this, deadline](auto&& g, auto&&... args) {
      return this->submit({.timeout = detail::left_until(deadline)}, std::forward<decltype(g)>(g),
                          std::forward<decltype(args)>(args)...);
    };
    return detail::lazy_map({options.buffer_size, Order::of_input, deadline}, submit_one,
                            std::move(f), std::forward<Ranges>(ranges)...);
  }

  /// Lets nothing more be submitted; what was is done, or cancelled. Blocks as asked for; a task of
  /// its own does not wait. TimeoutError or CancelledError if the wait took too long or stop was
  /// requested: it goes on to its end, and may be waited for again. May be repeated. DeadlockError,
  /// InterruptedError.
  void shutdown(ShutdownOptions options = {});

  /// For TaskGroup and its like: what does the work.
  detail::Crew& crew() noexcept { return crew_; }

 private:
  [[noreturn]] void throw_shut() const;

  detail::Crew crew_;
};

TWILL_END
