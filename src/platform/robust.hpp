#pragma once

#include <cstddef>
#include <cstdint>

#include <twill/platform/abi.hpp>

#include "platform/shared_futex.hpp"

TWILL_BEGIN
namespace detail {

/// A word in shared memory that the kernel changes when the thread that owns it dies, by whatever:
/// an entry of the thread's list of robust futexes (Documentation/locking/robust-futexes in Linux).
/// The list is the C library's, and pthread's robust mutexes stand in it as well, so the layout is
/// theirs.
///
/// | word | meaning |
/// |---|---|
/// | bits 0-29 | kernel id of the thread that owns it, 0 = nobody |
/// | 30, kOwnerDied | set by the kernel, with bits 0-29 = 0, when the owner died |
/// | 31, kWaiters | the kernel is to wake one sleeper when the owner dies |
struct RobustEntry {
  static constexpr std::uint32_t kOwner = 0x3fff'ffff;
  static constexpr std::uint32_t kOwnerDied = 0x4000'0000;
  static constexpr std::uint32_t kWaiters = 0x8000'0000;

  SharedWord word{0};
  std::uint32_t unused[5]{};
  // Addresses in the owner's process; nobody else reads them.
  void* prev = nullptr;
  void* next = nullptr;
};
static_assert(offsetof(RobustEntry, prev) == 24 && offsetof(RobustEntry, next) == 32);

/// The calling thread's kernel id, 1 to 2^22.
std::uint32_t robust_id() noexcept;

/// Whether the kernel knows the list and entries have the layout that it expects. Where not, the
/// death of an owner goes unnoticed (qemu's user mode).
bool robust_works() noexcept;

/// If `entry.word` is `expected`: makes it `desired`, which names the caller as owner. True if
/// done.
bool robust_take(RobustEntry& entry, std::uint32_t expected, std::uint32_t desired) noexcept;

/// Makes the word of an entry that the caller owns `put`, which is no owner, and the bits `keep` of
/// what it was; wakes one sleeper if kWaiters was set, and answers how many that were.
int robust_drop(RobustEntry& entry, std::uint32_t keep = 0, std::uint32_t put = 0) noexcept;

/// In the child of a fork: the calling thread has another id.
void robust_after_fork() noexcept;

/// In the child of a clone() that the C library does not know of, whose parent asked
/// robust_works(): tells the kernel of the list, which is empty.
void robust_after_clone() noexcept;

}  // namespace detail
TWILL_END
