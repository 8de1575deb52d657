#pragma once

#include <cstdint>
#include <source_location>
#include <string>

#include <twill/park/bucket.hpp>
#include <twill/park/watching.hpp>
#include <twill/platform/thread_safety.hpp>

TWILL_BEGIN

namespace detail {
struct Context;
}

struct RWLockOptions {
  std::string name = {};
};

/// One writer or many readers (std's SharedTimedLockable; std::shared_lock works on it).
///
///     twill::RWLock lock;
///     { std::shared_lock reading(lock);  look(table); }
///     { twill::Hold writing(lock);       change(table); }
///
/// Writers never starve: while one waits, new readers stand in line behind it; only a reader that
/// reads already may read once more. After a writer, all readers up to the next writer go in
/// together. Owned: who locks unlocks, so a cycle of waits through it, also through its readers, is
/// a certain deadlock (up to six shared holds of a thread are known at a time; one that holds more
/// is not found). A reader overtakes no writer that waits, and a writer that has come first in line
/// is overtaken by others for about 100 us, as for Lock. Any thread may call anything; what a
/// holder did happens before what the next one does. Destroying it while it is held aborts. At most
/// 4000 writers wait at a time (RuntimeError), and 65535 readers are in (more of them wait). 32
/// bytes.
class TWILL_API TWILL_CAPABILITY("lock") RWLock {
 public:
  explicit RWLock(std::source_location made = std::source_location::current()) noexcept
      : word_(detail::born()), label_(made) {}
  explicit RWLock(RWLockOptions options,
                  std::source_location made = std::source_location::current())
      : word_(detail::born()), label_("RWLock", std::move(options.name), made) {}
  ~RWLock() {
    if ((word_.load(detail::relaxed) & ~kWatched) != 0) [[unlikely]]
      check_unheld();
  }
  RWLock(const RWLock&) = delete;
  RWLock& operator=(const RWLock&) = delete;

  /// Takes it for writing; blocks until nobody holds it. Throws DeadlockError, OwnerVanished,
  /// InterruptedError.
  TWILL_INLINE void lock() TWILL_ACQUIRE() {
    if (!take(detail::self_id)) [[unlikely]]
      write(detail::here(), {});
  }
  /// lock() with a limit, which for try_lock() is one attempt: false if the time came first.
  TWILL_INLINE bool try_lock() TWILL_TRY_ACQUIRE(true) {
    return take(detail::self_id) || write(detail::here(), {Deadline::passed()});
  }
  TWILL_INLINE bool try_lock_for(Timeout timeout) TWILL_TRY_ACQUIRE(true) {
    return write(detail::here(), {timeout});
  }
  template <class C, class D>
  TWILL_INLINE bool try_lock_until(std::chrono::time_point<C, D> at) TWILL_TRY_ACQUIRE(true) {
    return try_lock_for(detail::time_until(at));
  }
  /// lock() that throws CancelledError if stop was requested first.
  TWILL_INLINE void lock(const std::stop_token& stop) TWILL_ACQUIRE() {
    write(detail::here(), {Deadline::never(), &stop});
  }
  /// By anybody but the writer it aborts with a sentence. Never blocks.
  TWILL_INLINE void unlock() noexcept TWILL_RELEASE() {
    const std::uint64_t me = detail::self_id;
    std::uint64_t word = word_.load(detail::relaxed);
    if (word != me || me == 0 ||
        !word_.compare_exchange_strong(word, 0, detail::release, detail::relaxed)) [[unlikely]]
      return unlock_slow(detail::here());
    detail::offer(this);
  }

  /// Takes it for reading, beside other readers; blocks while a writer holds it or waits for it.
  /// Throws as lock(). Who reads and wants to write has to stop reading first: DeadlockError.
  TWILL_INLINE void lock_shared() TWILL_ACQUIRE_SHARED() { read(detail::here(), {}); }
  /// lock_shared() with a limit: false if the time came first.
  TWILL_INLINE bool try_lock_shared() TWILL_TRY_ACQUIRE_SHARED(true) {
    return read(detail::here(), {Deadline::passed()});
  }
  TWILL_INLINE bool try_lock_shared_for(Timeout timeout) TWILL_TRY_ACQUIRE_SHARED(true) {
    return read(detail::here(), {timeout});
  }
  template <class C, class D>
  TWILL_INLINE bool try_lock_shared_until(std::chrono::time_point<C, D> at)
      TWILL_TRY_ACQUIRE_SHARED(true) {
    return try_lock_shared_for(detail::time_until(at));
  }
  /// lock_shared() that throws CancelledError if stop was requested first.
  TWILL_INLINE void lock_shared(const std::stop_token& stop) TWILL_ACQUIRE_SHARED() {
    read(detail::here(), {Deadline::never(), &stop});
  }
  /// Aborts with a sentence if nobody reads; by a thread that does not read, while others do, it
  /// takes one of theirs away. Never blocks.
  void unlock_shared() noexcept TWILL_RELEASE_SHARED();

  /// The name it was given, or "RWLock#3".
  std::string name() const { return label_.name("RWLock"); }

 private:
  /// word_:
  /// | bits | meaning | set by |
  /// |---|---|---|
  /// | 0-31 | id of the context that writes, 0 = nobody | who takes it, or a releaser in its name |
  /// | 32 | biased: a reader may enter by noting it in its context alone | a reader, when no writer came for a while |
  /// | 33 | watched: every operation takes the slow path | the constructor |
  /// | 34 | a writer takes the bias away; its barrier is under way | that writer, with bit 32 cleared |
  /// | 35 | the bias is gone, readers that entered by it may remain | that writer, after the barrier; cleared by who takes it |
  /// | 36-47 | writers that wait: new readers stand in line | each, when it begins to wait and when it is through |
  /// | 48-63 | readers that are counted | each of them |
  ///
  /// Reading by bias (D. Dice, A. Kogan, "BRAVO", 2019) costs no read-modify-write and no shared
  /// cache line: the reader notes the lock in its context, then looks at the word once more; the
  /// writer clears the bias, has every thread pass a barrier, then looks at all contexts. Without
  /// the barrier both could miss each other:
  ///
  ///     1. reader: notes the lock (in its store buffer), reads the word: still biased, enters
  ///     2. writer: clears the bias, reads the contexts: nobody, enters
  ///
  /// Taking the bias away is dear (some us), so afterwards readers are counted for nine times as
  /// long as it took.
  static constexpr std::uint64_t kWriter = 0xffff'ffff;
  static constexpr std::uint64_t kBiased = std::uint64_t{1} << 32;
  static constexpr std::uint64_t kWatched = detail::kWatchedBit;
  static constexpr std::uint64_t kRevoking = std::uint64_t{1} << 34;
  static constexpr std::uint64_t kDraining = std::uint64_t{1} << 35;
  static constexpr std::uint64_t kPending = std::uint64_t{1} << 36;
  static constexpr std::uint64_t kAllPending = (std::uint64_t{1} << 48) - kPending;
  static constexpr std::uint64_t kReader = std::uint64_t{1} << 48;
  static constexpr std::uint64_t kMostReaders = 0xffff * kReader;  ///< more of them wait
  static constexpr std::uint64_t kMostPending = 4000 * kPending;   ///< with room for a race to it

  static const detail::Kind kWriting;
  static const detail::Kind kReading;
  static void owners_of_all(const void* lock, detail::Owners& out);
  static void owners_of_share(const void* lock, detail::Owners& out);

  TWILL_INLINE bool take(std::uint64_t me) noexcept {
    std::uint64_t free = 0;
    if (me == 0 || !word_.compare_exchange_strong(free, me, detail::acquire, detail::relaxed))
      return false;
    site_.store(detail::here(), detail::relaxed);
    return true;
  }

  bool take_all(std::uint64_t desired, std::uint64_t also) noexcept;
  bool take_share(std::uint64_t unless) noexcept;
  bool read_by_bias(detail::Context& self, const void* site) noexcept;
  void bring_bias() noexcept;
  void take_bias_away() noexcept;
  bool free_for_writer(std::uint64_t word) const noexcept;
  bool write(const void* site, const detail::Limits& limits);
  bool wait_to_write(const detail::Subject& subject, const detail::Limits& limits);
  bool read(const void* site, const detail::Limits& limits);
  void unlock_slow(const void* site) noexcept;
  void check_unheld() const noexcept;

  detail::atomic<std::uint64_t> word_;
  detail::atomic<const void*> site_{nullptr};  ///< where it was taken for writing, for reports
  detail::Label label_;
  detail::atomic<std::uint64_t> counted_until_{0};  ///< in ticks: no bias before
};

TWILL_END
