#pragma once

#include <optional>
#include <ranges>
#include <string>
#include <utility>

#include <twill/mp/call.hpp>
#include <twill/mp/remote_call.hpp>
#include <twill/mp/workforce.hpp>
#include <twill/task/thread_pool_executor.hpp>

TWILL_BEGIN
namespace mp {

struct ProcessPoolExecutorOptions {
  /// How many tasks run at once at most; left out: as many as processors may be used.
  std::optional<int> max_workers = {};
  std::optional<Call> initializer = {};  ///< what each worker does before its first task
  /// After so many tasks another process takes the place of a worker; left out: never.
  std::optional<int> max_tasks_per_child = {};
  std::string name = {};  ///< workers are called "<name>_0", ...; empty: "ProcessPoolExecutor-N"
  /// So many tasks are queued or run at most, as in ThreadPoolExecutor; left out: as many as come.
  std::optional<std::size_t> max_in_flight = {};
};

namespace detail {
/// ValueError.
TWILL_API WorkforceOptions options_of(const ProcessPoolExecutorOptions& pool);
}  // namespace detail

/// Processes that run what is submitted, so many tasks at once (Python's
/// concurrent.futures.ProcessPoolExecutor).
///
///     twill::mp::ProcessPoolExecutor executor({.max_workers = 4});
///     twill::Future<int> sum = executor.submit(add, 1, 2);
///     for (int square : executor.map(square, std::views::iota(0, 10))) use(square);
///
/// What ThreadPoolExecutor is to ThreadPool this is to Pool: see both. Processes are started as
/// they are needed. A process that ends costs the task that it ran, which fails with WorkerLost,
/// and no other: the executor is not broken by it, as Python's is.
class ProcessPoolExecutor {
 public:
  /// Starts nothing. ValueError for max_workers, max_tasks_per_child or max_in_flight below 1.
  explicit ProcessPoolExecutor(ProcessPoolExecutorOptions options = {})
      : workers_(detail::options_of(options)),
        threads_({.max_workers = workers_.size(),
                  .thread_name_prefix = workers_.name(),
                  .max_in_flight = options.max_in_flight}) {}
  ProcessPoolExecutor(const ProcessPoolExecutor&) = delete;
  ProcessPoolExecutor& operator=(const ProcessPoolExecutor&) = delete;

  /// Has copies of f(args...) called by a worker. Blocks as ThreadPoolExecutor::submit() does.
  /// RuntimeError after shutdown(), BrokenProcessPool, ValueError if an argument is nested too
  /// deep.
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

  /// Submits f(x), or f(x, y, ...) of several ranges up to the end of the shortest, and answers a
  /// range of the results in that order: as ThreadPoolExecutor::map() does.
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
    auto submit_one = [this, deadline, f = std::move(f)](auto&&... values) {
      return this->submit(
          {.timeout = twill::detail::left_until(deadline)}, f,
          std::ranges::range_value_t<Ranges>(std::forward<decltype(values)>(values))...);
    };
    return twill::detail::lazy_results({options.buffer_size, Order::of_input, deadline},
                                       std::move(submit_one), std::forward<Ranges>(ranges)...);
  }

  /// Lets nothing more be submitted; what was is done, or cancelled if it has not begun. Otherwise
  /// as ThreadPoolExecutor::shutdown().
  void shutdown(const ShutdownOptions& options = {}) {
    threads_.crew().close();
    if (options.cancel_futures) threads_.crew().abandon_queued();
    threads_.shutdown({.wait = options.wait, .timeout = options.timeout, .stop = options.stop});
  }

  /// The same at once: what runs is killed, and all that has no result yet is cancelled. Waits for
  /// the end of it.
  void kill_workers() { threads_.shutdown({.cancel_futures = true}); }

 private:
  detail::Workforce workers_;
  ThreadPoolExecutor threads_;  ///< one of them waits for each worker that is busy
};

}  // namespace mp
TWILL_END
