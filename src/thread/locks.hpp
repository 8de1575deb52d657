#pragma once

#include "park/word_lock.hpp"

TWILL_BEGIN
namespace detail::locks {

/// The locks of this layer, in the order in which they may be taken together. A fork holds them
/// all, so that the child finds everything in order.
extern WordLock service;   ///< the start of the timers' thread
extern WordLock timers;    ///< what is pending
extern WordLock registry;  ///< the list of threads, their names and targets
extern WordLock locals;    ///< who has a value of which Local
extern WordLock hook;      ///< the excepthook

}  // namespace detail::locks
TWILL_END
