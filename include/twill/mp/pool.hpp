#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/mp/call.hpp>
#include <twill/mp/remote_call.hpp>
#include <twill/mp/remote_map.hpp>
#include <twill/mp/workforce.hpp>
#include <twill/task/thread_pool.hpp>

TWILL_BEGIN
namespace mp {

struct PoolOptions {
  /// How many workers; left out: as many as processors may be used, see process_cpu_count().
  std::optional<int> processes = {};
  std::optional<Call> initializer = {};  ///< what each worker does before its first call
  /// After so many calls, where a piece of a map counts as one, another process takes the place of
  /// a worker; left out: never.
  std::optional<int> maxtasksperchild = {};
  std::string name = {};  ///< workers are called "<name>_0", ...; empty: "Pool-N"
  /// So many calls are queued or run at most, as in ThreadPool; left out: as many as come.
  std::optional<std::size_t> max_in_flight = {};
};

namespace detail {
/// ValueError.
TWILL_API WorkforceOptions options_of(const PoolOptions& pool);
}  // namespace detail

/// Processes that share calls among them (Python's multiprocessing.Pool).
///
///     int square(int n) { return n * n; }
///
///     twill::mp::Pool pool({.processes = 4});
///     int nine = pool.apply(square, 3);
///     std::vector<int> squares = pool.map(square, std::views::iota(0, 10));
///
/// What ThreadPool has, and as it has it: this one differs in that every call is made by another
/// process. So a call that crashes, is killed or eats all memory costs itself and nothing else: it
/// fails with WorkerLost, which says what became of its process, and another process takes its
/// place. Callables, arguments and results cross as bytes; what cannot is a compile error. A
/// callable is a function, a lambda without captures, or an object that can be sent; it is called
/// with values of its own, never with what the caller has. What it throws arrives as Failure says.
///
/// A call that runs can be stopped alone, by the end of its process: Future::request_stop(), the
/// token of its options, and their time `limit` do so. The call then fails with CancelledError or
/// TimeoutError.
///
/// The workers are forked from a server (`forkserver` in start_method.hpp), so a pool may be made
/// at any time, also beside busy threads; their static objects are their own. They are daemons:
/// they cannot have children, and end with this process, whatever ends it. They ignore Ctrl-C,
/// which is for this process to heed. The destructor is close() and join(), as of ThreadPool; a
/// worker that takes longer than a second to end then is killed. That of a static pool, which the
/// end of the program destroys, is terminate() and join(): it waits for no call.
///
/// If the initializer throws, or processes end before they begin, everything fails with
/// BrokenProcessPool. In the child of a fork a pool of the parent is of no use. Any thread may call
/// anything.
class Pool {
 public:
  /// Starts the workers. ValueError for processes, maxtasksperchild or max_in_flight below 1;
  /// OSError if a process is refused; RuntimeError in a daemonic process.
  explicit Pool(PoolOptions options = {})
      : workers_(detail::options_of(options)),
        threads_({.processes = options.processes,
                  .name = workers_.name(),
                  .max_in_flight = options.max_in_flight}) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    if (workers_.is_static()) terminate();
  }

  /// f(args...), called by a worker. Blocks; answers the result or throws what the call threw. All
  /// calls of a closed pool throw ValueError. With a limit: apply_async(f, args...).get(timeout).
  template <class F, class... Args>
    requires detail::CallableApart<F, Args...>
  auto apply(F&& f, Args&&... args) {
    return submit(std::forward<F>(f), std::forward<Args>(args)...).result();
  }

  /// The same as a future: for code that takes any executor. Does not block, unless there is a
  /// max_in_flight: see ThreadPool.
  template <class F, class... Args>
    requires detail::CallableApart<F, Args...>
  auto submit(F&& f, Args&&... args) {
    return submit(CallOptions(), std::forward<F>(f), std::forward<Args>(args)...);
  }
  template <class F, class... Args>
    requires detail::CallableApart<F, Args...>
  auto submit(CallOptions options, F&& f, Args&&... args) {
    workers_.check();
    return threads_.submit(
        options.entry(),
        detail::remote_call(workers_, options, std::forward<F>(f), std::forward<Args>(args)...));
  }

  /// The same as a handle.
  template <class F, class... Args>
    requires detail::CallableApart<F, Args...>
  auto apply_async(F&& f, Args&&... args) {
    return AsyncResult(submit(std::forward<F>(f), std::forward<Args>(args)...));
  }
  template <class F, class... Args>
    requires detail::CallableApart<F, Args...>
  auto apply_async(CallOptions options, F&& f, Args&&... args) {
    return AsyncResult(submit(std::move(options), std::forward<F>(f), std::forward<Args>(args)...));
  }
  /// With callbacks, which a thread of this process calls.
  template <class OnResult, class OnError, class F, class... Args>
    requires detail::CallableApart<F, Args...>
  auto apply_async(Callbacks<OnResult, OnError> callbacks, F&& f, Args&&... args) {
    workers_.check();
    return threads_.apply_async(std::move(callbacks),
                                detail::remote_call(workers_, CallOptions(), std::forward<F>(f),
                                                    std::forward<Args>(args)...));
  }

  /// The results of f(x) for copies of each x of a range, in order; nothing if f answers nothing.
  /// Blocks. If calls throw or are lost, the others are made nonetheless; then throws what the
  /// first of them, in order, threw. Elements cross in pieces that take half a millisecond or so.
  template <class F, FiniteRange R>
    requires detail::CallableApart<F, std::ranges::range_value_t<R>>
  auto map(F f, R&& range) {
    return map(MapOptions(), std::move(f), std::forward<R>(range));
  }
  /// Once the time is over or stop was requested, what has not begun is dropped, as in ThreadPool.
  template <class F, FiniteRange R>
    requires detail::CallableApart<F, std::ranges::range_value_t<R>>
  auto map(MapOptions options, F f, R&& range) {
    const twill::detail::Cut cut(options.timeout, options.stop);
    check_open();
    return detail::remote_map(workers_, threads_.crew(), f, std::forward<R>(range), cut);
  }

  /// f(x, y, ...) for each tuple of a range.
  template <class F, FiniteRange R>
  auto starmap(F f, R&& range) {
    return map(detail::Spread<F>{std::move(f)}, std::forward<R>(range));
  }
  template <class F, FiniteRange R>
  auto starmap(MapOptions options, F f, R&& range) {
    return map(std::move(options), detail::Spread<F>{std::move(f)}, std::forward<R>(range));
  }

  /// The same as a handle.
  template <class F, FiniteRange R>
  auto map_async(F f, R&& range) {
    return map_async(Callbacks<>(), std::move(f), std::forward<R>(range));
  }
  template <class OnResult, class OnError, class F, FiniteRange R>
  auto map_async(Callbacks<OnResult, OnError> callbacks, F f, R&& range) {
    std::vector<std::ranges::range_value_t<R>> items;
    for (auto&& item : range) items.push_back(std::forward<decltype(item)>(item));
    auto call = [this, f = std::move(f)](auto& all) mutable {
      return detail::remote_map(workers_, threads_.crew(), f, all, twill::detail::NoCut());
    };
    check_open();
    if (items.empty()) return twill::detail::ready_result<decltype(call(items))>();
    return threads_.apply_async(
        std::move(callbacks),
        [call = std::move(call), items = std::move(items)]() mutable { return call(items); });
  }
  template <class F, FiniteRange R>
  auto starmap_async(F f, R&& range) {
    return map_async(detail::Spread<F>{std::move(f)}, std::forward<R>(range));
  }
  template <class OnResult, class OnError, class F, FiniteRange R>
  auto starmap_async(Callbacks<OnResult, OnError> callbacks, F f, R&& range) {
    return map_async(std::move(callbacks), detail::Spread<F>{std::move(f)}, std::forward<R>(range));
  }

  /// A lazy range of the results of f(x) in order; see Results and ThreadPool::imap().
  template <class F, std::ranges::input_range R>
    requires detail::CallableApart<F, std::ranges::range_value_t<R>>
  auto imap(F f, R&& range, ImapOptions options = {}) {
    return lazy(Order::of_input, options, std::move(f), std::forward<R>(range));
  }
  /// The same in the order of completion.
  template <class F, std::ranges::input_range R>
    requires detail::CallableApart<F, std::ranges::range_value_t<R>>
  auto imap_unordered(F f, R&& range, ImapOptions options = {}) {
    return lazy(Order::of_completion, options, std::move(f), std::forward<R>(range));
  }

  /// Takes no more calls; what was asked for is done. Never blocks. May be repeated.
  void close() noexcept { threads_.close(); }
  /// The same, and all that has no result yet is cancelled: what has not begun never will, and the
  /// processes of what runs are killed.
  void terminate() noexcept { threads_.terminate(); }
  /// Blocks until all calls are done; as of ThreadPool.
  void join() { threads_.join(); }
  bool join(Timeout timeout) { return threads_.join(timeout); }
  void join(const std::stop_token& stop) { threads_.join(stop); }
  bool try_join(Timeout timeout = std::chrono::seconds(0), const std::stop_token& stop = {}) {
    return threads_.try_join(timeout, stop);
  }

 private:
  void check_open() {
    workers_.check();
    threads_.check_open();
  }
  template <class F, class R>
  auto lazy(Order order, ImapOptions options, F f, R&& range) {
    check_open();
    return twill::detail::lazy_results(
        {threads_.buffer_of(options), order},
        [this, f = std::move(f)](auto&& value) {
          return this->submit(f,
                              std::ranges::range_value_t<R>(std::forward<decltype(value)>(value)));
        },
        std::forward<R>(range));
  }

  detail::Workforce workers_;
  ThreadPool threads_;  ///< one of them waits for each worker that is busy
};

}  // namespace mp
TWILL_END
