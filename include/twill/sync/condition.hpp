#pragma once

#include <cstdint>
#include <source_location>
#include <stop_token>
#include <string>
#include <utility>

#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>

TWILL_BEGIN

struct ConditionOptions {
  std::string name = {};
};

/// Waiting, under a lock, for something that others make true under the same lock (Python's
/// threading.Condition).
///
///     twill::Condition changed;                    // on an RLock of its own, or changed(lock)
///     { twill::Hold hold(changed);  while (queue.empty()) changed.wait();  use(queue.front()); }
///     { twill::Hold hold(changed);  queue.push(item);  changed.notify(); }
///
/// wait() and notify() need the lock held by the caller, else RuntimeError. Waiters stand in line
/// before the lock is let go, so no notify made under the lock is lost; they are woken in the order
/// in which they came, and never for nothing: true means that a notify was meant for this waiter.
/// An RLock is let go entirely and held as deep again after. wait() has the lock again however it
/// ends, also by an exception; that part of the wait cannot be cancelled and is never a deadlock's
/// victim. Several conditions may share a lock. Destroying one with waiters aborts; once they all
/// were notified it may go, if the lock stays. What was done before notify() happens before what
/// follows the wait() that it ends, by way of the lock. Any thread may call anything, with the lock
/// where it is said. Lockable: the scope guards of its lock work on it.
/// 32 bytes (and an RLock of its own, if it is not given one).
class TWILL_API TWILL_CAPABILITY("lock") Condition : public detail::Acquirable<Condition> {
 public:
  explicit Condition(std::source_location made = std::source_location::current());
  explicit Condition(ConditionOptions options,
                     std::source_location made = std::source_location::current());
  explicit Condition(Lock& lock, ConditionOptions options = {},
                     std::source_location made = std::source_location::current());
  explicit Condition(RLock& lock, ConditionOptions options = {},
                     std::source_location made = std::source_location::current());
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  /// Those of the lock.
  TWILL_INLINE void lock() TWILL_ACQUIRE() TWILL_NO_THREAD_SAFETY_ANALYSIS {
    lock_at(detail::here());
  }
  TWILL_INLINE bool try_lock() noexcept TWILL_TRY_ACQUIRE(true) TWILL_NO_THREAD_SAFETY_ANALYSIS {
    return try_lock_at(detail::here());
  }
  void unlock() noexcept TWILL_RELEASE();
  void release();
  bool locked() const noexcept;

  /// Lets go of the lock, waits for a notify, and takes the lock again. Always true. Throws
  /// RuntimeError, DeadlockError (if the whole process stands still), InterruptedError.
  TWILL_INLINE bool wait() { return wait_at(detail::here(), {}); }
  /// False if the time came first.
  TWILL_INLINE bool wait(Timeout timeout) { return wait_at(detail::here(), {timeout}); }
  /// Throws CancelledError if stop was requested first.
  TWILL_INLINE bool wait(const std::stop_token& stop) {
    return wait_at(detail::here(), {Deadline::never(), &stop});
  }
  /// False if the time was over, or stop was requested, first.
  bool try_wait(Timeout timeout = std::chrono::seconds(0), const std::stop_token& stop = {});

  /// Waits until `predicate`, called under the lock, answers something true, and answers that. With
  /// a timeout, which bounds the sum of the waits, it may be something false in the end. With a
  /// stop_token it throws CancelledError if stop was requested first.
  template <class Predicate>
  TWILL_INLINE auto wait_for(Predicate predicate) {
    return wait_for_within(predicate, detail::here(), {});
  }
  template <class Predicate>
  TWILL_INLINE auto wait_for(Predicate predicate, Timeout timeout) {
    return wait_for_within(predicate, detail::here(), {timeout});
  }
  template <class Predicate>
  TWILL_INLINE auto wait_for(Predicate predicate, const std::stop_token& stop) {
    return wait_for_within(predicate, detail::here(), {Deadline::never(), &stop});
  }
  /// What `predicate` answers in the end: something false if the time was over, or stop was
  /// requested, first.
  template <class Predicate>
  TWILL_INLINE auto try_wait_for(Predicate predicate, Timeout timeout = std::chrono::seconds(0),
                                 const std::stop_token& stop = {}) {
    const void* site = detail::here();
    try {
      return wait_for_within(predicate, site, {timeout, &stop});
    } catch (const CancelledError&) {
      return predicate();
    }
  }

  /// Wakes the first `n` waiters, or as many as there are; nobody for n <= 0. Each goes on once the
  /// caller let go of the lock. Not remembered if nobody waits. Never blocks.
  void notify(std::int64_t n = 1);
  void notify_all();

  /// The name it was given, or "Condition#3".
  std::string name() const { return label_.name("Condition"); }

 private:
  friend class Barrier;
  friend class detail::Acquirable<Condition>;

  /// Which lock, in a pointer: bit 0 an RLock, bit 1 made for this condition alone; and bit 2:
  /// watched.
  static constexpr std::uintptr_t kIsRLock = 1;
  static constexpr std::uintptr_t kIsOurs = 2;
  static constexpr std::uintptr_t kWatched = 4;
  static constexpr std::uintptr_t kFlags = 7;

  Lock& plain() const noexcept { return *reinterpret_cast<Lock*>(lock_ & ~kFlags); }
  RLock& recursive() const noexcept { return *reinterpret_cast<RLock*>(lock_ & ~kFlags); }
  bool is_recursive() const noexcept { return (lock_ & kIsRLock) != 0; }
  bool is_watched() const noexcept { return (lock_ & kWatched) != 0; }

  template <class Predicate>
  auto wait_for_within(Predicate& predicate, const void* site, const detail::Limits& limits) {
    auto result = predicate();
    while (!result && wait_at(site, limits)) result = predicate();
    return result ? std::move(result) : predicate();
  }

  /// Ends the process if threads wait: for this, or for the object of `kind` that it is a part of.
  void may_be_destroyed(const detail::Label& label, const char* kind) const;

  static const detail::Kind kKind;
  static void last_notifier(const void* condition, detail::Owners& out);

  void lock_at(const void* site);
  bool try_lock_at(const void* site) noexcept;
  bool acquire_at(const void* site, const detail::Limits& limits);
  bool wait_at(const void* site, const detail::Limits& limits);
  detail::Outcome wait_as(const detail::Subject& subject, const detail::Limits& limits);
  void stand_in_line(detail::Node& node, detail::Wait& wait) noexcept;
  bool notify_spinner() noexcept;
  void require_lock(const char* operation) const;
  std::uint32_t let_go() noexcept;

  std::uintptr_t lock_;
  // Written under the lock.
  detail::atomic<std::uint32_t> waiters_{0};        ///< may count some that have just timed out
  detail::atomic<std::uint32_t> last_notifier_{0};  ///< a context, for suspicions
  detail::atomic<std::uint32_t> spinner_{0};   ///< the context that is first in line, in no bucket
  detail::atomic<std::uint32_t> spins_as_{0};  ///< its epoch then, the low half
  detail::Label label_;
};

TWILL_END
