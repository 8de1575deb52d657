#pragma once

#include <atomic>
#include <concepts>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <twill/platform/callback.hpp>
#include <twill/platform/here.hpp>
#include <twill/task/async_result.hpp>
#include <twill/task/crew.hpp>
#include <twill/task/parallel_map.hpp>
#include <twill/task/results.hpp>
#include <twill/task/task.hpp>

TWILL_BEGIN

struct ThreadPoolOptions {
  /// How many workers; left out: as many as processors may be used, see process_cpu_count().
  std::optional<int> processes = {};
  Callback initializer = {};  ///< what each worker does before its first call
  std::string name = {};      ///< workers are called "<name>_0", ...; empty: "ThreadPool-N"
  /// So many calls are queued or run at most, see there; left out: as many as come.
  std::optional<std::size_t> max_in_flight = {};
};

struct MapOptions {
  Timeout timeout = Timeout::never();
  std::stop_token stop = {};
};

struct ImapOptions {
  /// So many elements are queued, running or unread at most, the one looked at included; left out:
  /// four for each worker.
  std::optional<std::size_t> buffer_size = {};
};

/// Threads that share calls among them (Python's multiprocessing.pool.ThreadPool).
///
///     twill::ThreadPool pool({.processes = 4});
///     int three = pool.apply(add, 1, 2);
///     std::vector<int> squares = pool.map(square, std::views::iota(0, 10));
///     for (int n : pool.imap(square, std::views::iota(0))) if (n > 100) break;
///
/// The workers are started by the constructor. The destructor is close() and join(): all that was
/// asked for is done (Python's `with` terminates the pool; see terminate()). At the end of the
/// program what was not begun is dropped.
///
/// Calls of map() and its like are shared out in pieces that are as long as some microseconds last,
/// which is measured; there is no chunksize. A worker that waits for calls of its own pool does
/// them itself, or a spare thread takes its place: calls may be nested at any depth.
///
/// With max_in_flight, whatever is asked for waits until there is room: then no more than so many
/// calls are queued or run. A call counts from before submit() copies it until a worker is done
/// with it and its callbacks, and has destroyed it; a cancelled one, until a worker comes across
/// it. One of map() and its like counts as none, one of map_async() as one. A worker of the pool
/// that finds no room makes the call itself, as a part of its own and before submit() returns: so a
/// full pool cannot deadlock on itself, but a call that goes on by submitting itself as its last
/// act needs room, and nobody submits under a lock that the call takes. close() ends the wait, with
/// the error of every call that comes after it.
///
/// A callable that takes a std::stop_token before its arguments, and cannot be called without, is
/// given one. Stop is requested of it by Future::request_stop(), by the token of its SubmitOptions,
/// and by terminate(); every blocking call of twill that is given the token leaves then.
/// It costs nothing where no callable takes one.
///
/// If the initializer throws, in any worker, everything fails with BrokenThreadPool. In the child
/// of a fork a pool of the parent is of no use. Any thread may call anything; what was done before
/// a call happens before its work.
class TWILL_API ThreadPool {
 public:
  /// ValueError for processes < 1 and for max_in_flight = 0; OSError if a thread is refused.
  explicit ThreadPool(ThreadPoolOptions options = {});
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() = default;

  /// f(args...), called by a worker. Blocks; answers the result or throws what the call threw. All
  /// calls of a closed pool throw ValueError. With a limit: apply_async(f, args...).get(timeout).
  template <class F, class... Args>
    requires Submittable<F, Args...>
  TWILL_INLINE auto apply(F&& f, Args&&... args) {
    return submit(std::forward<F>(f), std::forward<Args>(args)...).result();
  }

  /// The same as a future: for code that takes any executor. Never blocks for long, unless there is
  /// a max_in_flight: then until there is room. TimeoutError if there is none in time; nothing was
  /// moved then. DeadlockError, InterruptedError.
  template <class F, class... Args>
    requires Submittable<F, Args...>
  TWILL_INLINE auto submit(F&& f, Args&&... args) {
    return submit(SubmitOptions(), std::forward<F>(f), std::forward<Args>(args)...);
  }
  template <class F, class... Args>
    requires Submittable<F, Args...>
  TWILL_INLINE auto submit(SubmitOptions options, F&& f, Args&&... args) {
    return detail::submit_to(
        crew_, detail::here(), options, [this] { throw_closed(); }, std::forward<F>(f),
        std::forward<Args>(args)...);
  }

  /// The same as a handle. Blocks as submit() does.
  template <class F, class... Args>
    requires Submittable<F, Args...>
  TWILL_INLINE auto apply_async(F&& f, Args&&... args) {
    return AsyncResult(submit(std::forward<F>(f), std::forward<Args>(args)...));
  }
  template <class F, class... Args>
    requires Submittable<F, Args...>
  TWILL_INLINE auto apply_async(SubmitOptions options, F&& f, Args&&... args) {
    return AsyncResult(submit(std::move(options), std::forward<F>(f), std::forward<Args>(args)...));
  }
  /// With callbacks: pool.apply_async(twill::Callbacks{.callback = use}, f, args...).
  template <class OnResult, class OnError, class F, class... Args>
    requires Submittable<F, Args...>
  TWILL_INLINE auto apply_async(Callbacks<OnResult, OnError> callbacks, F&& f, Args&&... args) {
    return AsyncResult(submit(detail::with_callbacks(std::move(callbacks), std::forward<F>(f)),
                              std::forward<Args>(args)...));
  }

  /// The results of f(x) for each x of a range, in order; nothing if f answers nothing. Blocks. The
  /// calling thread works as well, unless there is an initializer. If calls throw, the others are
  /// made nonetheless; then throws what the first of them, in order, threw. Several threads call f.
  template <class F, FiniteRange R>
  auto map(F&& f, R&& range) {
    check_open();
    if (needs_a_worker())
      return detail::sure_result(submit([&] { return detail::parallel_map(crew_, f, range); }));
    return detail::parallel_map(crew_, f, range);
  }
  /// Once the time is over or stop was requested, what has not begun is dropped. When the calls
  /// that run have ended, throws what the first of them threw, else TimeoutError or CancelledError
  /// if anything was dropped.
  template <class F, FiniteRange R>
  auto map(MapOptions options, F&& f, R&& range) {
    const detail::Cut cut(options.timeout, options.stop);
    check_open();
    if (!needs_a_worker()) return detail::parallel_map(crew_, f, range, cut);
    auto future = submit({.timeout = options.timeout, .stop = options.stop},
                         [&] { return detail::parallel_map(crew_, f, range, cut); });
    try {
      if (!future.try_wait(detail::left_until(cut.deadline())) && future.cancel())
        cut.throw_timeout();
    } catch (...) {
      if (!future.cancel()) static_cast<void>(detail::sure_result(future));
      throw;
    }
    return detail::sure_result(std::move(future));
  }
  /// f(x, y, ...) for each tuple of a range.
  template <class F, FiniteRange R>
  auto starmap(F&& f, R&& range) {
    return map(detail::spread(f), std::forward<R>(range));
  }
  template <class F, FiniteRange R>
  auto starmap(MapOptions options, F&& f, R&& range) {
    return map(std::move(options), detail::spread(f), std::forward<R>(range));
  }

  /// The same as a handle, for copies of the elements. Blocks as submit() does.
  template <class F, FiniteRange R>
  auto map_async(F f, R&& range) {
    return map_async(Callbacks<>(), std::move(f), std::forward<R>(range));
  }
  template <class OnResult, class OnError, class F, FiniteRange R>
  auto map_async(Callbacks<OnResult, OnError> callbacks, F f, R&& range) {
    std::vector<std::ranges::range_value_t<R>> items;
    for (auto&& item : range) items.push_back(std::forward<decltype(item)>(item));
    auto call = [this, f = std::move(f)](auto& all) mutable {
      return detail::parallel_map(crew_, f, all);
    };
    using T = decltype(call(items));
    if (items.empty()) {
      check_open();
      return detail::ready_result<T>();
    }
    return apply_async(
        std::move(callbacks),
        [call = std::move(call), items = std::move(items)]() mutable { return call(items); });
  }
  template <class F, FiniteRange R>
  auto starmap_async(F f, R&& range) {
    return starmap_async(Callbacks<>(), std::move(f), std::forward<R>(range));
  }
  template <class OnResult, class OnError, class F, FiniteRange R>
  auto starmap_async(Callbacks<OnResult, OnError> callbacks, F f, R&& range) {
    return map_async(
        std::move(callbacks),
        [f = std::move(f)](const auto& x) mutable { return std::apply(f, x); },
        std::forward<R>(range));
  }

  /// A lazy range of the results of f(x) in order; see Results. The input, which may be endless, is
  /// stepped through by the thread that reads the results, at most buffer_size ahead and as far as
  /// there is room; several threads call f. The range must be gone before the pool. ValueError for
  /// buffer_size = 0.
  template <class F, std::ranges::input_range R>
  auto imap(F f, R&& range, ImapOptions options = {}) {
    return lazy(Order::of_input, options, std::move(f), std::forward<R>(range));
  }
  /// The same in the order of completion.
  template <class F, std::ranges::input_range R>
  auto imap_unordered(F f, R&& range, ImapOptions options = {}) {
    return lazy(Order::of_completion, options, std::move(f), std::forward<R>(range));
  }

  /// Takes no more calls; what was asked for is done. Never blocks. May be repeated.
  void close() noexcept;
  /// The same, and what has not begun is cancelled: who waits for it gets CancelledError (in Python
  /// he waits for ever). Calls that run come to their end; stop is requested of those that were
  /// given a std::stop_token, whose callbacks run here.
  void terminate() noexcept;
  /// Blocks until the workers are gone. ValueError before close() or terminate(). A worker of its
  /// own does not wait, and is told that they are. May be repeated. DeadlockError,
  /// InterruptedError.
  void join();
  /// True if they are gone in time.
  bool join(Timeout timeout);
  /// CancelledError if stop was requested first.
  void join(const std::stop_token& stop);
  /// True if they are gone before the time was over and before stop was requested.
  bool try_join(Timeout timeout = std::chrono::seconds(0), const std::stop_token& stop = {});

  /// For TaskGroup and its like: what does the work.
  detail::Crew& crew() noexcept { return crew_; }
  /// For pools that are made of this one: throws if it is closed, or for a buffer of 0.
  void check_open() const;
  std::size_t buffer_of(const ImapOptions& options) const;

 private:
  template <class F, class R>
  auto lazy(Order order, ImapOptions options, F f, R&& range) {
    check_open();
    return detail::lazy_map(
        {buffer_of(options), order},
        [this](auto&& g, auto&&... args) {
          return this->submit(std::forward<decltype(g)>(g), std::forward<decltype(args)>(args)...);
        },
        std::move(f), std::forward<R>(range));
  }
  bool join_within(const detail::Limits& limits);
  bool needs_a_worker() const noexcept {
    return crew_.has_initializer() && !detail::Crew::may_help(&crew_.state());
  }
  [[noreturn]] void throw_closed() const;

  std::atomic<bool> is_closed_{false};
  detail::Crew crew_;
};

TWILL_END
