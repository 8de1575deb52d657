#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <stop_token>
#include <string>
#include <utility>

#include <twill/mp/lock.hpp>
#include <twill/mp/rlock.hpp>
#include <twill/sync/condition.hpp>

TWILL_BEGIN
namespace mp {

using twill::ConditionOptions;

/// Waiting, under a lock, for something that other processes make true under the same lock
/// (Python's multiprocessing.Condition). Make it before the fork; the lock, too. (Or
/// pass it, and its lock goes with it: start_method.hpp.)
///
/// wait() and notify() need the lock held by the caller, else RuntimeError. No notify made under
/// the lock is lost, also not with a waiter that is killed once it was notified: the next in line
/// has it then. Waiters are woken in the order in which they came, and never for nothing. An RLock
/// is let go entirely and held as deep again after. wait() has the lock again however it ends, also
/// by an exception; OwnerDied then says that another owner died meanwhile. Any thread may call
/// anything, with the lock where it is said; the handle itself is not to be copied or moved.
class TWILL_API Condition : public twill::detail::Acquirable<Condition> {
 public:
  /// On an RLock of its own.
  explicit Condition(ConditionOptions options = {},
                     std::source_location made = std::source_location::current());
  explicit Condition(Lock& lock, ConditionOptions options = {},
                     std::source_location made = std::source_location::current());
  explicit Condition(RLock& lock, ConditionOptions options = {},
                     std::source_location made = std::source_location::current());
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  /// Those of the lock.
  void lock();
  bool try_lock() noexcept;
  void unlock() noexcept;
  void release();
  bool locked() const noexcept;

  /// Lets go of the lock, waits for a notify, and takes the lock again. Always true. Throws
  /// RuntimeError, OwnerDied, PeerDied once no other process has the condition any more,
  /// InterruptedError.
  TWILL_INLINE bool wait() { return wait_at(twill::detail::here(), {}); }
  /// False if the time came first.
  TWILL_INLINE bool wait(Timeout timeout) { return wait_at(twill::detail::here(), {timeout}); }
  /// Throws CancelledError if stop was requested first.
  TWILL_INLINE bool wait(const std::stop_token& stop) {
    return wait_at(twill::detail::here(), {Deadline::never(), &stop});
  }
  /// False if the time was over, or stop was requested, first.
  bool try_wait(Timeout timeout = std::chrono::seconds(0), const std::stop_token& stop = {});

  /// Waits until `predicate`, called under the lock, answers something true, and answers that. With
  /// a timeout, which bounds the sum of the waits, it may be something false in the end.
  template <class Predicate>
  auto wait_for(Predicate predicate, Timeout timeout = Timeout::never()) {
    return wait_for_within(predicate, {timeout});
  }
  /// Throws CancelledError if stop was requested first.
  template <class Predicate>
  auto wait_for(Predicate predicate, const std::stop_token& stop) {
    return wait_for_within(predicate, {Deadline::never(), &stop});
  }

  /// Wakes the first `n` waiters, or as many as there are; nobody for n <= 0. Not remembered if
  /// nobody waits. Never blocks.
  void notify(std::int64_t n = 1);
  void notify_all();

  /// The name it was given, or "Condition#3".
  std::string name() const { return label_.name("Condition"); }

 private:
  friend struct detail::Offering;
  explicit Condition(detail::Arrival& from);
  void offer(detail::Offer& to) const;

  friend class twill::detail::Acquirable<Condition>;

  template <class Predicate>
  auto wait_for_within(Predicate& predicate, const twill::detail::Limits& limits) {
    auto result = predicate();
    while (!result && wait_at(twill::detail::here(), limits)) result = predicate();
    return result ? std::move(result) : predicate();
  }

  /// How the lock was held before a wait.
  struct Held {
    std::uint32_t as;
    std::uint32_t depth;
  };

  bool acquire_at(const void* site, const twill::detail::Limits& limits);
  bool wait_at(const void* site, const twill::detail::Limits& limits);
  bool ring_one() noexcept;
  void require_lock(const char* operation) const;
  const detail::Handle& lock_state() const noexcept;
  Held let_go() noexcept;
  void take_back(const Held& held, const void* site);

  std::unique_ptr<Lock> own_plain_;
  std::unique_ptr<RLock> own_;
  Lock* plain_ = nullptr;
  RLock* recursive_ = nullptr;
  detail::Handle state_;
  twill::detail::Label label_;
};

}  // namespace mp
TWILL_END
