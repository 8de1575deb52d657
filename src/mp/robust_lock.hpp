#pragma once

#include <memory>
#include <optional>

#include <twill/mp/handle.hpp>

#include "mp/shared_wait.hpp"

TWILL_BEGIN
namespace mp::detail {

extern const twill::detail::Kind lock_kind;
extern const twill::detail::Kind rlock_kind;

struct RobustLock;
class WaitEdge;

/// How many of those who wait for what this thread has changed under a lock are still to be woken,
/// by drop(): woken before, they would find the lock taken. If this process is killed first, they
/// hear that, and look.
extern constinit thread_local unsigned owed_wakes;
void pay_wakes(RobustLock& lock) noexcept;

/// The state of a lock. entry.word, which the kernel reads as well:
///
/// | word | meaning | set by |
/// |---|---|---|
/// | 0 | free | who lets go |
/// | kWaiters alone | free, and kept for who slept for it | who lets go after a complaint |
/// | a thread's id | locked by it, and in its robust list | it |
/// | kAnybody | acquired; anybody may release | who acquires |
/// | kOwnerDied beside any of these | what the lock guards may be torn | the kernel; taken away by OwnerDied::recovered() |
/// | kWaiters beside any of these | somebody may sleep | waiters |
struct RobustLock {
  static constexpr std::uint32_t kAnybody = RobustEntry::kOwner;

  RobustEntry entry;
  std::atomic<std::uint32_t> depth;    ///< of an RLock; written by its owner
  std::atomic<std::uint32_t> to_keep;  ///< so many releases, since somebody complained
  Habit habit;

  static RobustLock& of(const Handle& handle) noexcept {
    return body_of<RobustLock>(handle.block());
  }

  std::uint32_t owner() const noexcept {
    return entry.word.load(std::memory_order_relaxed) & RobustEntry::kOwner;
  }
  bool is_mine() const noexcept { return owner() == twill::detail::robust_id(); }

  /// Free, and whole.
  bool take_at_once() noexcept {
    return twill::detail::robust_take(entry, 0, twill::detail::robust_id());
  }
  /// Takes it as `desired`, the caller's id or kAnybody. False if the time came first. Throws
  /// OwnerDied, with the lock, which lets go of it again if `guarded`.
  bool take(Block& block, std::uint32_t desired, const Subject& subject, const Limits& limits,
            bool guarded = true);
  /// The same for the caller, also after an owner that died, and says nothing of it.
  bool take_over(Block& block, const Subject& subject, const Limits& limits);
  /// take_over() if it is free: never waits.
  bool take_over_at_once() noexcept;
  /// Of the lock that the caller owns, or of a free one.
  bool owner_died() const noexcept {
    return (entry.word.load(std::memory_order_relaxed) & RobustEntry::kOwnerDied) != 0;
  }
  void forget_death() noexcept { entry.word.fetch_and(~RobustEntry::kOwnerDied); }
  /// By the owner; `guard` lets go.
  [[noreturn]] void throw_owner_died(const Subject& subject, std::shared_ptr<void> guard);
  /// By its owner.
  void drop() noexcept {
    if (to_keep.load(std::memory_order_relaxed) != 0) [[unlikely]]
      drop_and_keep();
    else
      twill::detail::robust_drop(entry, RobustEntry::kOwnerDied);
    if (owed_wakes != 0) [[unlikely]]
      pay_wakes(*this);
  }
  /// Wakes who sleeps on `word`, at the latest when the caller, who may be the owner, lets go.
  void wake_later(SharedWord& word) noexcept;
  /// By anybody, if it was acquired; false if it is not.
  bool release_acquired() noexcept;

 private:
  bool try_take(std::uint32_t word, std::uint32_t desired, std::uint32_t waiters) noexcept;
  bool wait_to_take(Block& block, std::uint32_t desired, const Subject& subject,
                    const Limits& limits);
  Woken contend(Block& block, std::uint32_t desired, const Subject& subject, const Limits& limits);
  void look_for_deadlock(std::optional<WaitEdge>& edge, Block& block, const Subject& subject);
  bool is_kept() const noexcept { return entry.word.load() == RobustEntry::kWaiters; }
  void let_others_in() const noexcept;
  void drop_and_keep() noexcept;
  std::uint32_t count_kept() noexcept;
  void keep_no_more() noexcept;
  void pass_on() noexcept;
};

}  // namespace mp::detail
TWILL_END
