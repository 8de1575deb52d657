#pragma once

#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN

/// What happens when a deadlock is found. Always on: an uncontended operation pays two plain stores
/// for it.
enum class DeadlockPolicy : std::uint8_t {
  raise,   ///< one thread of a certain cycle gets DeadlockError, which lists the cycle; the others
           ///< go on
  report,  ///< the cycle is printed to stderr, and everybody stays blocked
  off,     ///< nothing is looked for
};

/// Sets the policy of the process; answers the old one. Any thread, never blocks.
///
/// A cycle of owned waits (locks taken by lock(), shared locks, joins) without timeout and
/// stop_token is *certain*. One that passes through acquire(), which any thread may release, is
/// only *suspected*, and is printed to stderr, once. So is one that lasts for a quarter of a second
/// and passes through a queue, semaphore, condition or event, where whoever put, released, notified
/// or set last is taken for the one who is needed again; that may be wrong. Where every thread of
/// the process waits in twill for ever, and none of its signals is caught, the process is certain
/// to stand still, whatever it waits for: the main thread gets DeadlockError if it waits as well.
/// With threads that twill does not know, or signals that are caught, somebody else may still end a
/// wait, and nothing is said.
TWILL_API DeadlockPolicy set_deadlock_policy(DeadlockPolicy policy) noexcept;
/// The policy in force. Never blocks.
TWILL_API DeadlockPolicy deadlock_policy() noexcept;

TWILL_END
