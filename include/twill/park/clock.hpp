#pragma once

#include <cstdint>
#include <stop_token>

#include <twill/park/deadline.hpp>

TWILL_BEGIN

/// The present instant of the clock that all waits use.
inline Clock::time_point now() noexcept { return Clock::now(); }

/// Suspends the calling thread for at least `t` of the Clock. Blocks in the door: a test clock
/// makes it take no time, and an exploration can interleave it. Zero or negative: yields once;
/// beyond the clock's range: for ever. Throws InterruptedError, and with `stop` CancelledError if
/// stop was requested before the time was over.
TWILL_API void sleep(Timeout t);
TWILL_API void sleep(Timeout t, const std::stop_token& stop);

/// A clock for tests: while one exists, time stands still as long as any thread runs, and jumps to
/// the earliest deadline as soon as every thread waits in the door. Sleeps and timeouts then cost
/// no time and fall due in the order of their deadlines, whatever the machine does.
///
/// Make it before the threads whose time it shall govern; one at a time (RuntimeError otherwise).
/// Setting the environment variable TWILL_CLOCK=virtual makes one for the whole run of a program.
/// A thread that blocks elsewhere (in a system call, in a std::mutex) counts as running.
class TWILL_API VirtualClock {
 public:
  VirtualClock();
  ~VirtualClock();
  VirtualClock(const VirtualClock&) = delete;
  VirtualClock& operator=(const VirtualClock&) = delete;
};

TWILL_END
