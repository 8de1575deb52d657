#pragma once

#include <utility>

#include <twill/thread/thread.hpp>

TWILL_BEGIN

/// A thread that begins later (Python's threading.Timer): start() starts the clock, and f(args...)
/// runs on a thread of its own once `interval` is over, unless cancel() came first.
///
///     twill::Timer timer(30s, hello);
///     timer.start();
///     ...
///     timer.cancel();
///
/// A Timer is a Thread: it has a name, may be a daemon, is alive from start() until it was
/// cancelled or f has ended, and can be joined meanwhile. It has its ident when f begins. Pending
/// timers cost no thread: one internal thread waits for all of them. Zero and negative intervals
/// start f at once. What was done before start() happens before f. If the system refuses the thread
/// when its time has come, the OSError goes to the excepthook, called by the thread that waits for
/// all timers, and the timer ends.
class TWILL_API Timer : public Thread {
 public:
  template <class F, class... Args>
    requires detail::Startable<F, Args...>
  Timer(Timeout interval, F&& f, Args&&... args)
      : Timer(ThreadOptions{}, interval, std::forward<F>(f), std::forward<Args>(args)...) {}

  template <class F, class... Args>
    requires detail::Startable<F, Args...>
  Timer(ThreadOptions options, Timeout interval, F&& f, Args&&... args)
      : Thread(std::move(options),
               detail::target_of(std::forward<F>(f), std::forward<Args>(args)...), interval) {}

  /// True: f never runs; the first who cancels it destroys f, and the timer has ended by the time
  /// that call returns (one not yet started ends when it is). False: f has begun, or is about to.
  /// Never blocks; any thread, any number of times.
  bool cancel();
};

TWILL_END
