#pragma once

#include <source_location>
#include <stop_token>
#include <string>

#include <twill/mp/handle.hpp>
#include <twill/mp/peer_died.hpp>
#include <twill/mp/shared_memory.hpp>
#include <twill/platform/thread_safety.hpp>
#include <twill/sync/rwlock.hpp>

TWILL_BEGIN
namespace mp {

using twill::RWLockOptions;

/// One writer or many readers, between processes (std's SharedTimedLockable). Make it before the
/// fork (or pass it: start_method.hpp): parent and children then share it.
///
///     twill::mp::RWLock lock;
///     if (fork() == 0) { std::shared_lock reading(lock);  look(*table);  ... }
///
/// A reader that is killed is gone. If a writer is killed, whoever comes next, reader or writer,
/// gets OwnerDied, with the lock as a writer; not if it was killed while it still waited. While a
/// writer waits for the readers to leave, nobody enters but threads that read already (up to six
/// shared holds of a thread are known); for its turn it waits as on mp::Lock. Owned: who locks
/// unlocks. Deadlocks of processes are found as by mp::Lock where all wait to write, or for a
/// writer; not where a writer waits for readers. Memory ordering as twill::RWLock. Any thread may
/// call anything; the handle itself is not to be copied or moved. Throws RuntimeError in a process
/// that found no room among those that share.
class TWILL_API TWILL_CAPABILITY("lock") RWLock {
 public:
  explicit RWLock(std::source_location made = std::source_location::current()) : RWLock({}, made) {}
  explicit RWLock(RWLockOptions options,
                  std::source_location made = std::source_location::current());
  /// Aborts if the calling thread writes or this process reads; the others keep theirs.
  ~RWLock();
  RWLock(const RWLock&) = delete;
  RWLock& operator=(const RWLock&) = delete;

  /// Takes it for writing; blocks until nobody holds it. Throws OwnerDied, PeerDied, DeadlockError
  /// if the caller holds it, InterruptedError.
  TWILL_INLINE void lock() TWILL_ACQUIRE() { write(twill::detail::here(), {}); }
  /// Takes it if nobody holds it, and not after a writer that died. Never blocks.
  TWILL_INLINE bool try_lock() TWILL_TRY_ACQUIRE(true) {
    return write(twill::detail::here(), {Deadline::passed()});
  }
  /// lock() with a limit: false if the time came first.
  TWILL_INLINE bool try_lock_for(Timeout timeout) TWILL_TRY_ACQUIRE(true) {
    return write(twill::detail::here(), {timeout});
  }
  template <class C, class D>
  TWILL_INLINE bool try_lock_until(std::chrono::time_point<C, D> at) TWILL_TRY_ACQUIRE(true) {
    return try_lock_for(twill::detail::time_until(at));
  }
  /// lock() that throws CancelledError if stop was requested first.
  TWILL_INLINE void lock(const std::stop_token& stop) TWILL_ACQUIRE() {
    write(twill::detail::here(), {Deadline::never(), &stop});
  }
  /// By anybody but the writer it aborts with a sentence. Never blocks.
  void unlock() noexcept TWILL_RELEASE();

  /// Takes it for reading, beside other readers; blocks while a writer holds it or waits for it.
  /// Throws as lock().
  TWILL_INLINE void lock_shared() TWILL_ACQUIRE_SHARED() { read(twill::detail::here(), {}); }
  /// Takes it if no writer holds it or waits, and not after one that died. Never blocks.
  TWILL_INLINE bool try_lock_shared() TWILL_TRY_ACQUIRE_SHARED(true) {
    return read(twill::detail::here(), {Deadline::passed()});
  }
  /// lock_shared() with a limit: false if the time came first.
  TWILL_INLINE bool try_lock_shared_for(Timeout timeout) TWILL_TRY_ACQUIRE_SHARED(true) {
    return read(twill::detail::here(), {timeout});
  }
  template <class C, class D>
  TWILL_INLINE bool try_lock_shared_until(std::chrono::time_point<C, D> at)
      TWILL_TRY_ACQUIRE_SHARED(true) {
    return try_lock_shared_for(twill::detail::time_until(at));
  }
  /// lock_shared() that throws CancelledError if stop was requested first.
  TWILL_INLINE void lock_shared(const std::stop_token& stop) TWILL_ACQUIRE_SHARED() {
    read(twill::detail::here(), {Deadline::never(), &stop});
  }
  /// Aborts with a sentence if this process does not read; by a thread that does not read, while
  /// others do, it takes one of theirs away. Never blocks.
  void unlock_shared() noexcept TWILL_RELEASE_SHARED();

  /// The name it was given, or "RWLock#3".
  std::string name() const { return label_.name("RWLock"); }

 private:
  friend struct detail::Offering;
  explicit RWLock(detail::Arrival& from);
  void offer(detail::Offer& to) const;

  bool write(const void* site, const twill::detail::Limits& limits);
  bool read(const void* site, const twill::detail::Limits& limits);

  detail::Handle state_;
  SharedMemory readers_;  ///< how many there are in each process
  twill::detail::Label label_;
};

}  // namespace mp
TWILL_END
