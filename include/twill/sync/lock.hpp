#pragma once

#include <cstdint>
#include <source_location>
#include <stop_token>
#include <string>

#include <twill/park/bucket.hpp>
#include <twill/park/deadline.hpp>
#include <twill/park/label.hpp>
#include <twill/park/self.hpp>
#include <twill/park/watching.hpp>
#include <twill/platform/thread_safety.hpp>
#include <twill/sync/acquirable.hpp>

TWILL_BEGIN

struct LockOptions {
  std::string name = {};
};

/// Mutual exclusion (Python's threading.Lock; std's Lockable and TimedLockable).
///
///     twill::Lock lock;
///     { twill::Hold hold(lock);  balance += 2000; }       // or std::scoped_lock, std::unique_lock
///     if (lock.try_acquire(50ms)) { ...; lock.release(); }
///
/// lock() and unlock() are owned: the thread that locked unlocks, and a cycle of such waits is a
/// certain deadlock: one member gets DeadlockError. acquire() and release() are Python's: any
/// thread may release, so that a cycle through them is only reported as suspected.
///
/// Not recursive. Fair within bounds: a waiter that has come first in line is overtaken by
/// newcomers for about 100 us, then the next release hands the lock over. Everything done before a
/// release happens before what follows the acquisition that it allows. Any thread may call
/// anything, unless it says otherwise. Destroying a held lock aborts. 24 bytes.
class TWILL_API TWILL_CAPABILITY("lock") Lock : public detail::Acquirable<Lock> {
 public:
  constexpr explicit Lock(std::source_location made = std::source_location::current()) noexcept
      : word_(born()), label_(made) {}
  explicit Lock(LockOptions options, std::source_location made = std::source_location::current())
      : word_(born()), label_("Lock", std::move(options.name), made) {}
  ~Lock() {
    if ((word_.load(detail::relaxed) & ~kWatched) != 0) [[unlikely]]
      die_held();
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// Takes the lock for the calling thread, which has to unlock(); blocks until it is free.
  /// Throws DeadlockError if that would never be (also when the caller holds it), OwnerVanished if
  /// its owner ended or was lost in a fork, InterruptedError.
  TWILL_INLINE void lock() TWILL_ACQUIRE() {
    if (!take(detail::self_id)) [[unlikely]]
      lock_slow(detail::here());
    else
      note_holder(detail::self_id, detail::here());
  }

  /// Takes the lock if it is free. Never blocks.
  TWILL_INLINE bool try_lock() noexcept TWILL_TRY_ACQUIRE(true) {
    if (!take(detail::self_id)) [[unlikely]]
      return try_lock_slow(detail::here());
    note_holder(detail::self_id, detail::here());
    return true;
  }

  /// lock() with a limit: false if the time came first. Not part of any certain deadlock.
  TWILL_INLINE bool try_lock_for(Timeout timeout) TWILL_TRY_ACQUIRE(true) {
    return try_lock() || lock_until(timeout, detail::here());
  }
  template <class C, class D>
  TWILL_INLINE bool try_lock_until(std::chrono::time_point<C, D> at) TWILL_TRY_ACQUIRE(true) {
    return try_lock_for(detail::time_until(at));
  }

  /// Lets go. Only the thread that locked; anybody else's call aborts with a sentence. Never
  /// blocks.
  TWILL_INLINE void unlock() noexcept TWILL_RELEASE() {
    const std::uint32_t me = detail::self_id;
    if (holder_.load(detail::relaxed) == me && me != 0) [[likely]] {
      holder_.store(0, detail::relaxed);
      word_.store(0, detail::release);
      detail::offer(this);
    } else {
      unlock_slow();
    }
  }

  /// Lets go of a lock that any thread took by acquire(), or the caller by lock(). Throws
  /// RuntimeError if it is not held, or if another thread holds it by lock(). Never blocks.
  void release();

  /// Whether anybody holds it; old news by the time the caller looks at the answer.
  TWILL_INLINE bool locked() const noexcept {
    if (word_.load(detail::relaxed) & kWatched) [[unlikely]]
      look(detail::here());
    return owner() != 0;
  }

  /// The name it was given, or "Lock#3".
  std::string name() const { return label_.name("Lock"); }

 private:
  friend class Condition;
  friend class detail::Acquirable<Lock>;

  /// word_:
  /// | bits | meaning | set by |
  /// |---|---|---|
  /// | 0-29 | id of the context that holds it, 0 = free | who takes it, or a releaser in its name |
  /// | 30 | taken by acquire(): any thread may release | with the id |
  /// | 31 | watched: every operation takes the slow path | the constructor |
  ///
  /// holder_ is the id once more, if it was taken by lock() and is not watched; stored plainly by
  /// the holder. unlock() asks it and not word_: to read back what a locked instruction has just
  /// written costs some 5 ns.
  static constexpr std::uint32_t kOwner = (1u << 30) - 1;
  static constexpr std::uint32_t kAcquired = 1u << 30;
  static constexpr std::uint32_t kWatched = 1u << 31;

  static constexpr std::uint32_t born() noexcept { return detail::born() != 0 ? kWatched : 0; }

  TWILL_INLINE bool take(std::uint32_t me) noexcept {
    std::uint32_t free = 0;
    return me != 0 && word_.compare_exchange_strong(free, me, detail::acquire, detail::relaxed);
  }
  TWILL_INLINE void note_holder(std::uint32_t me, const void* site) noexcept {
    holder_.store(me, detail::relaxed);
    site_.store(site, detail::relaxed);
  }
  void look(const void* site) const noexcept;
  std::uint32_t owner() const noexcept { return word_.load(detail::relaxed) & kOwner; }

  static const detail::Kind kKind;
  static void owners(const void* lock, detail::Owners& out);

  bool take_as(std::uint32_t desired) noexcept;
  void taken(std::uint32_t desired, const void* site) noexcept;
  bool contend(std::uint32_t desired, const void* site, const detail::Limits& limits,
               bool exempt = false);
  void lock_slow(const void* site);
  bool try_lock_slow(const void* site) noexcept;
  bool lock_until(Timeout timeout, const void* site);
  bool acquire_at(const void* site, const detail::Limits& limits);
  void unlock_slow() noexcept;
  void die_held() const noexcept;

  // For a condition: whether the caller may wait or notify, and letting go of the lock for a while.
  bool is_held_for_caller() const noexcept;
  std::uint32_t let_go() noexcept;
  void take_back(std::uint32_t held, const void* site);

  detail::atomic<std::uint32_t> word_;
  detail::atomic<std::uint32_t> holder_{0};
  detail::atomic<const void*> site_{nullptr};  ///< where it was taken, for reports
  detail::Label label_;
};

TWILL_END
