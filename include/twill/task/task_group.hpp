#pragma once

#include <concepts>
#include <exception>
#include <source_location>
#include <stop_token>
#include <type_traits>
#include <utility>

#include <twill/platform/error.hpp>
#include <twill/platform/here.hpp>
#include <twill/task/group_core.hpp>
#include <twill/task/task.hpp>

TWILL_BEGIN

/// Work that is split and joined again: what it is given to run, it runs side by side, on the
/// threads of a pool and on the one that waits (compare asyncio.TaskGroup, tbb::task_group).
///
///     int fibonacci(twill::ThreadPool& pool, int n) {
///       if (n < 2) return n;
///       int one = 0;
///       twill::TaskGroup group(pool);
///       group.run([&] { one = fibonacci(pool, n - 1); });
///       const int other = fibonacci(pool, n - 2);
///       group.wait();
///       return one + other;
///     }
///
/// A group belongs to the thread that made it, which alone waits for it and destroys it. That
/// thread does members of the group while it waits for them, the youngest first, and nothing else;
/// the pool has a place less for that time. The other members are done by the pool, the oldest
/// first, in no order to be relied on. What was done before run() happens before the member, and
/// the member before what follows wait().
class TWILL_API TaskGroup {
 public:
  /// `pool`: whatever has a crew(). It has to outlive the group.
  template <class Pool>
    requires requires(Pool& pool) { pool.crew(); }
  explicit TaskGroup(Pool& pool, std::source_location made = std::source_location::current())
      : core_(pool.crew(), made) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// wait(), but what was thrown goes to the excepthook. If an exception leaves the group's scope,
  /// what has not begun is not run.
  ~TaskGroup() {
    if (!core_.is_at_rest() && core_.is_unwound()) core_.cancel();
  }

  /// Adds f(), with a copy of f or what it was if it is moved in. Any thread that a member runs on,
  /// and the group's own. Never blocks for long. bad_alloc; the pool's errors in other threads.
  template <std::invocable F>
  TWILL_INLINE void run(F&& f) {
    core_.add(*new Closure<std::decay_t<F>>(core_, detail::here(), std::forward<F>(f)));
  }

  /// Blocks until all members are done, running those that nobody has begun; then throws what the
  /// first one to fail threw. Once a member has failed, or after cancel(), those that have not
  /// begun are dropped. The group can be used again. For its own thread: RuntimeError for others.
  /// It is never a deadlock's victim, and no signal ends it.
  void wait() { core_.wait({}); }
  /// With a limit the caller does no member itself, but leaves them all to the pool, which has a
  /// place more for that time. True if they are done in time; if not, they are the group's still.
  bool wait(Timeout timeout) { return try_wait(timeout); }
  /// CancelledError if stop was requested first.
  void wait(const std::stop_token& stop) {
    if (core_.wait({Deadline::never(), &stop}) == detail::Outcome::stopped)
      throw CancelledError("stop was requested while a TaskGroup was awaited");
  }
  /// True if all members are done before the time was over and before stop was requested.
  bool try_wait(Timeout timeout = std::chrono::seconds(0), const std::stop_token& stop = {}) {
    return core_.wait({timeout, &stop}) == detail::Outcome::ready;
  }

  /// What has not begun is not run. Any thread that may call run().
  void cancel() noexcept { core_.cancel(); }
  /// Whether that was done, or a member has failed: for long ones to ask.
  bool cancelled() const noexcept { return core_.is_cancelled(); }

 private:
  template <class F>
  struct Closure final : detail::GroupCore::Member {
    template <class G>
    Closure(detail::GroupCore& core, const void* at, G&& g)
        : Member(core, at), f(std::forward<G>(g)) {}
    ~Closure() noexcept override { detail::destroy(f); }
    void call() override { static_cast<void>(std::invoke(std::move(f))); }
    union {  // its destructor may throw
      F f;
    };
  };

  detail::GroupCore core_;
};

TWILL_END
