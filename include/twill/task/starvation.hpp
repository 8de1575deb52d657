#pragma once

#include <twill/park/deadline.hpp>

TWILL_BEGIN

/// Has a thread of twill's watch all pools of the process: where calls are queued, and for so long
/// none was begun, it prints to stderr what every worker does: what it waits for and where, and
/// where its call was submitted. Once for each such standstill. Zero: nobody watches, which is the
/// default, unless the environment variable TWILL_STARVATION says how many seconds. Answers the old
/// value.
///
/// Any thread. Never blocks for long. OSError if the thread is refused. Watches neither pools of
/// explorations nor in virtual time, and after a fork only the pools that the child makes.
TWILL_API std::chrono::nanoseconds set_starvation_watch(Timeout after);
/// The value in force. Never blocks.
TWILL_API std::chrono::nanoseconds starvation_watch() noexcept;

TWILL_END
