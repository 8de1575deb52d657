#pragma once

#include "thread/state.hpp"

TWILL_BEGIN
namespace detail::timers {

/// Has `state`, which is listed, launched when its delay is over. Answers 0 or an errno.
int schedule(ThreadState& state) noexcept;

/// See Timer::cancel().
bool cancel(ThreadState& state, const void* site) noexcept;

/// For a thread that begins: waits if it is that of a timer which nobody else waits for. False if
/// that was cancelled.
bool await_alarm(ThreadState& state) noexcept;

/// In the child of a fork: nothing is pending.
void after_fork() noexcept;

}  // namespace detail::timers
TWILL_END
