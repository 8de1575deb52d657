#pragma once

/// twill: Python's concurrency toolbox for C++20. This header is the table of contents.

// The door: what all waits share.
#include <twill/park/clock.hpp>      // now, sleep, VirtualClock
#include <twill/park/deadline.hpp>   // Clock, Timeout
#include <twill/park/deadlock.hpp>   // DeadlockPolicy
#include <twill/platform/error.hpp>  // RuntimeError, ValueError, TimeoutError, DeadlockError, ...

// sync: locks and what is made of them.
#include <twill/sync/acquire_all.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/bounded_semaphore.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/guarded.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>
