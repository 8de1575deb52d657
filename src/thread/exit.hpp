#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// From now on the end of the program waits for all threads that are no daemons.
void end_waits_for_threads();

/// Has `hook` called before that, so that threads can be told to come to their end.
void before_waiting_for_threads(void (*hook)() noexcept) noexcept;

/// The main part of the program is over: waits until no other thread is left but daemons.
void wait_for_threads() noexcept;

}  // namespace detail
TWILL_END
