#pragma once

#include <cstdint>
#include <source_location>
#include <string>

#include <twill/sync/lock.hpp>

TWILL_BEGIN

/// A lock that its owner may take again (Python's threading.RLock; std's Lockable and
/// TimedLockable). It is free after as many releases as acquisitions.
///
/// Always owned: only the thread that holds it may release it, so that every cycle of waits is a
/// certain deadlock. Fairness, memory ordering and errors as Lock. 24 bytes.
class TWILL_API TWILL_CAPABILITY("lock") RLock : public detail::Acquirable<RLock> {
 public:
  constexpr explicit RLock(std::source_location made = std::source_location::current()) noexcept
      : word_(detail::born()), label_(made) {}
  explicit RLock(LockOptions options, std::source_location made = std::source_location::current())
      : word_(detail::born()), label_("RLock", std::move(options.name), made) {}
  ~RLock() {
    if ((word_.load(detail::relaxed) & kOwner) != 0) [[unlikely]]
      die_held();
  }
  RLock(const RLock&) = delete;
  RLock& operator=(const RLock&) = delete;

  /// Takes the lock, or takes it once more; blocks while another thread holds it. Throws as
  /// Lock::lock().
  TWILL_INLINE void lock() TWILL_ACQUIRE() {
    if (!take(detail::self_id)) [[unlikely]]
      contend(detail::here(), {});
  }

  /// Takes the lock if no other thread holds it. Never blocks.
  TWILL_INLINE bool try_lock() noexcept TWILL_TRY_ACQUIRE(true) {
    return take(detail::self_id) || try_lock_slow(detail::here());
  }

  /// lock() with a limit: false if the time came first.
  TWILL_INLINE bool try_lock_for(Timeout timeout) TWILL_TRY_ACQUIRE(true) {
    return contend(detail::here(), {timeout});
  }
  template <class C, class D>
  TWILL_INLINE bool try_lock_until(std::chrono::time_point<C, D> at) TWILL_TRY_ACQUIRE(true) {
    return try_lock_for(detail::time_until(at));
  }

  /// Undoes one lock(). By anybody but the owner it aborts with a sentence. Never blocks.
  TWILL_INLINE void unlock() noexcept TWILL_RELEASE() {
    if (!give_back(detail::self_id)) [[unlikely]]
      unlock_slow(detail::here());
  }

  /// unlock() that throws RuntimeError, and changes nothing, if the caller does not hold the lock.
  TWILL_INLINE void release() {
    if (!give_back(detail::self_id)) [[unlikely]]
      release_slow(detail::here());
  }

  /// Whether any thread holds it; old news by the time the caller looks at the answer.
  bool locked() const noexcept { return (word_.load(detail::relaxed) & kOwner) != 0; }

  /// How many times the calling thread holds it; 0 for others.
  std::uint32_t recursion_count() const noexcept {
    const std::uint64_t word = word_.load(detail::relaxed);
    return is_owner(word) ? static_cast<std::uint32_t>(word / kOneMore) + 1 : 0;
  }

  /// Whether the calling thread holds it.
  bool is_owned() const noexcept { return is_owner(word_.load(detail::relaxed)); }

  /// "RLock#1 locked by Thread-2, 3 deep"; right from any thread.
  std::string describe() const;

  /// The name it was given, or "RLock#3".
  std::string name() const { return label_.name("RLock"); }

 private:
  friend class Condition;
  friend class detail::Acquirable<RLock>;

  /// word_:
  /// | bits | meaning | set by |
  /// |---|---|---|
  /// | 0-31 | id of the context that holds it, 0 = free | who takes it, or a releaser in its name |
  /// | 33 | watched: every operation takes the slow path | the constructor |
  /// | 34-63 | further times the owner holds it | the owner, by plain stores |
  static constexpr std::uint64_t kOwner = 0xffff'ffff;
  static constexpr std::uint64_t kWatched = detail::kWatchedBit;
  static constexpr std::uint64_t kOneMore = std::uint64_t{1} << 34;

  static const detail::Kind kKind;
  static void owners(const void* lock, detail::Owners& out);

  static bool is_owner(std::uint64_t word) noexcept {
    return (word & kOwner) == detail::self_id && detail::self_id != 0;
  }

  TWILL_INLINE bool take(std::uint64_t me) noexcept {
    std::uint64_t word = word_.load(detail::relaxed);
    if (me == 0) return false;
    if (word == 0 && word_.compare_exchange_strong(word, me, detail::acquire, detail::relaxed)) {
      site_.store(detail::here(), detail::relaxed);
      return true;
    }
    if ((word & (kOwner | kWatched)) != me || word >= ~kOneMore) return false;
    word_.store(word + kOneMore, detail::relaxed);
    return true;
  }

  TWILL_INLINE bool give_back(std::uint64_t me) noexcept {
    const std::uint64_t word = word_.load(detail::relaxed);
    if ((word & (kOwner | kWatched)) != me || me == 0) return false;
    if (word != me) {
      word_.store(word - kOneMore, detail::relaxed);
    } else {
      word_.store(0, detail::release);
      detail::offer(this);
    }
    return true;
  }

  bool take_as(std::uint64_t desired) noexcept;
  bool contend(const void* site, const detail::Limits& limits, std::uint64_t depth = 0,
               bool exempt = false);
  bool acquire_at(const void* site, const detail::Limits& limits) { return contend(site, limits); }
  bool try_lock_slow(const void* site) noexcept;
  bool release_watched(const void* site) noexcept;
  void unlock_slow(const void* site) noexcept;
  void release_slow(const void* site);
  void die_held() const noexcept;

  // For a condition: letting go of the lock for a while, however deep it is held.
  std::uint64_t let_go() noexcept;
  void take_back(std::uint64_t held, const void* site) { contend(site, {}, held, true); }

  detail::atomic<std::uint64_t> word_;
  detail::atomic<const void*> site_{nullptr};  ///< where it was first taken, for reports
  detail::Label label_;
};

TWILL_END
