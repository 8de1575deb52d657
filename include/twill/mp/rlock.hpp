#pragma once

#include <cstdint>
#include <source_location>
#include <string>

#include <twill/mp/lock.hpp>

TWILL_BEGIN
namespace mp {

/// A Lock between processes that its owner may take again (Python's multiprocessing.RLock). It is
/// free after as many releases as acquisitions; always owned, by one thread of one process. In all
/// else as mp::Lock, its errors included.
class TWILL_API TWILL_CAPABILITY("lock") RLock : public twill::detail::Acquirable<RLock> {
 public:
  explicit RLock(std::source_location made = std::source_location::current()) : label_(made) {}
  explicit RLock(LockOptions options, std::source_location made = std::source_location::current())
      : label_("RLock", std::move(options.name), made) {}
  /// Aborts if the calling thread holds it; the other processes keep theirs.
  ~RLock();
  RLock(const RLock&) = delete;
  RLock& operator=(const RLock&) = delete;

  /// Takes the lock, or takes it once more; blocks while another thread holds it. Throws OwnerDied,
  /// DeadlockError as mp::Lock, InterruptedError.
  TWILL_INLINE void lock() TWILL_ACQUIRE() { acquire_at(twill::detail::here(), {}); }
  /// Takes the lock if no other thread holds it, and not after an owner that died. Never blocks.
  bool try_lock() noexcept TWILL_TRY_ACQUIRE(true);
  /// lock() with a limit: false if the time came first.
  TWILL_INLINE bool try_lock_for(Timeout timeout) TWILL_TRY_ACQUIRE(true) {
    return acquire_at(twill::detail::here(), {timeout});
  }
  template <class C, class D>
  bool try_lock_until(std::chrono::time_point<C, D> at) TWILL_TRY_ACQUIRE(true) {
    return try_lock_for(twill::detail::time_until(at));
  }

  /// Undoes one lock(). By anybody but the owner it aborts with a sentence. Never blocks.
  void unlock() noexcept TWILL_RELEASE();
  /// unlock() that throws RuntimeError, and changes nothing, if the caller does not hold the lock.
  void release();

  /// Whether any thread holds it; old news by the time the caller looks at the answer.
  bool locked() const noexcept;
  /// How many times the calling thread holds it; 0 for others.
  std::uint32_t recursion_count() const noexcept;
  /// Whether the calling thread holds it.
  bool is_owned() const noexcept { return recursion_count() > 0; }

  /// The name it was given, or "RLock#3".
  std::string name() const { return label_.name("RLock"); }

 private:
  friend struct detail::Offering;
  explicit RLock(detail::Arrival& from)
      : state_(from), label_("RLock", from.name(), std::source_location::current()) {}
  void offer(detail::Offer& to) const {
    state_.offer(to);
    to.names.push_back(name());
  }

  friend class Condition;
  friend class twill::detail::Acquirable<RLock>;
  bool acquire_at(const void* site, const twill::detail::Limits& limits);

  detail::Handle state_;
  twill::detail::Label label_;
};

}  // namespace mp
TWILL_END
