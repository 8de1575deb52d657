#pragma once

#include <source_location>
#include <string>

#include <twill/mp/handle.hpp>
#include <twill/mp/peer_died.hpp>
#include <twill/platform/thread_safety.hpp>
#include <twill/sync/lock.hpp>

TWILL_BEGIN
namespace mp {

using twill::LockOptions;

/// Mutual exclusion between processes (Python's multiprocessing.Lock; std's Lockable and
/// TimedLockable). Make it before the fork (or pass it: start_method.hpp): parent and children then
/// share it.
///
///     twill::mp::Lock lock;
///     if (fork() == 0) { twill::Hold hold(lock);  ++*shared;  ... }
///
/// lock() and unlock() are owned by the thread that locked. If its process is killed, whoever comes
/// next gets OwnerDied, with the lock. acquire() and release() are Python's: any thread of any
/// process may release, so that nobody can tell whether an owner is missing; a wait for it ends
/// with PeerDied once no other process has the lock any more. Newcomers may overtake who waits, for
/// some 5 ms: then releases are kept for those who sleep. Not recursive. Memory ordering as
/// twill::Lock. Any thread may call anything; the handle itself is not to be copied or moved.
class TWILL_API TWILL_CAPABILITY("lock") Lock : public twill::detail::Acquirable<Lock> {
 public:
  explicit Lock(std::source_location made = std::source_location::current()) : label_(made) {}
  explicit Lock(LockOptions options, std::source_location made = std::source_location::current())
      : label_("Lock", std::move(options.name), made) {}
  /// Aborts if the calling thread holds it; the other processes keep theirs.
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// Takes the lock for the calling thread; blocks until it is free. Throws OwnerDied, PeerDied,
  /// DeadlockError if the caller holds it, or has a part in a cycle of processes that wait for each
  /// other's locks without a limit, InterruptedError.
  TWILL_INLINE void lock() TWILL_ACQUIRE() { lock_at(twill::detail::here(), {}); }
  /// Takes the lock if it is free, and not after an owner that died. Never blocks.
  bool try_lock() noexcept TWILL_TRY_ACQUIRE(true);
  /// lock() with a limit: false if the time came first.
  TWILL_INLINE bool try_lock_for(Timeout timeout) TWILL_TRY_ACQUIRE(true) {
    return lock_at(twill::detail::here(), {timeout});
  }
  template <class C, class D>
  bool try_lock_until(std::chrono::time_point<C, D> at) TWILL_TRY_ACQUIRE(true) {
    return try_lock_for(twill::detail::time_until(at));
  }

  /// Lets go. Only the thread that locked; anybody else's call aborts with a sentence. Never
  /// blocks.
  void unlock() noexcept TWILL_RELEASE();
  /// Lets go of a lock that anybody took by acquire(), or the caller by lock(). Throws RuntimeError
  /// if it is not held, or if another thread holds it by lock(). Never blocks.
  void release();

  /// Whether anybody holds it; old news by the time the caller looks at the answer.
  bool locked() const noexcept;

  /// The name it was given, or "Lock#3".
  std::string name() const { return label_.name("Lock"); }

 private:
  friend struct detail::Offering;
  explicit Lock(detail::Arrival& from)
      : state_(from), label_("Lock", from.name(), std::source_location::current()) {}
  void offer(detail::Offer& to) const {
    state_.offer(to);
    to.names.push_back(name());
  }

  friend class Condition;
  friend class twill::detail::Acquirable<Lock>;
  bool lock_at(const void* site, const twill::detail::Limits& limits);
  bool acquire_at(const void* site, const twill::detail::Limits& limits);

  detail::Handle state_;
  twill::detail::Label label_;
};

}  // namespace mp
TWILL_END
