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
/// certain deadlock. Fairness, memory ordering and errors as Lock. 32 bytes.
class TWILL_API TWILL_CAPABILITY("lock") RLock : public detail::Acquirable<RLock> {
 public:
  constexpr explicit RLock(std::source_location made = std::source_location::current()) noexcept
      : word_(born()), label_(made) {}
  explicit RLock(LockOptions options, std::source_location made = std::source_location::current())
      : word_(born()), label_("RLock", std::move(options.name), made) {}
  ~RLock() {
    if ((word_.load(detail::relaxed) & kOwner) != 0) [[unlikely]]
      die_held();
  }
  RLock(const RLock&) = delete;
  RLock& operator=(const RLock&) = delete;

  /// Takes the lock, or takes it once more; blocks while another thread holds it. Throws as
  /// Lock::lock(), and RuntimeError at the 2^32nd level.
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
  TWILL_INLINE bool locked() const noexcept {
    if (word_.load(detail::relaxed) & kWatched) [[unlikely]]
      look(detail::here());
    return is_held();
  }

  /// How many times the calling thread holds it; 0 for others.
  std::uint32_t recursion_count() const noexcept {
    return is_owned() ? further_.load(detail::relaxed) + 1 : 0;
  }

  /// Whether the calling thread holds it.
  bool is_owned() const noexcept { return is_owner(word_.load(detail::relaxed)); }

  /// "RLock#1 locked by Thread-2, 3 deep"; right from any thread.
  std::string describe() const;

  /// The name it was given, or "RLock#3".
  std::string name() const { return label_.name("RLock"); }

 private:
  bool is_held() const noexcept { return (word_.load(detail::relaxed) & kOwner) != 0; }
  void look(const void* site) const noexcept;

  friend class Condition;
  friend class detail::Acquirable<RLock>;

  /// word_:
  /// | bits | meaning | set by |
  /// |---|---|---|
  /// | 0-29 | id of the context that holds it, 0 = free | who takes it, or a releaser in its name |
  /// | 31 | watched: every operation takes the slow path | the constructor |
  ///
  /// holder_ is the id once more, unless it is watched, and further_ how many times more than once
  /// it is held; both are stored plainly by the holder (see Lock).
  static constexpr std::uint32_t kOwner = (1u << 30) - 1;
  static constexpr std::uint32_t kWatched = 1u << 31;
  static constexpr std::uint32_t kDeepest = 0xffff'ffff;

  static constexpr std::uint32_t born() noexcept { return detail::born() != 0 ? kWatched : 0; }

  static const detail::Kind kKind;
  static void owners(const void* lock, detail::Owners& out);

  static bool is_owner(std::uint32_t word) noexcept {
    return (word & kOwner) == detail::self_id && detail::self_id != 0;
  }

  TWILL_INLINE bool take(std::uint32_t me) noexcept {
    if (me == 0) return false;
    if (holder_.load(detail::relaxed) == me) {
      const std::uint32_t further = further_.load(detail::relaxed);
      if (further == kDeepest) return false;
      further_.store(further + 1, detail::relaxed);
      return true;
    }
    std::uint32_t free = 0;
    if (!word_.compare_exchange_strong(free, me, detail::acquire, detail::relaxed)) return false;
    holder_.store(me, detail::relaxed);
    site_.store(detail::here(), detail::relaxed);
    return true;
  }

  TWILL_INLINE bool give_back(std::uint32_t me) noexcept {
    if (holder_.load(detail::relaxed) != me || me == 0) return false;
    const std::uint32_t further = further_.load(detail::relaxed);
    if (further != 0) {
      further_.store(further - 1, detail::relaxed);
      return true;
    }
    holder_.store(0, detail::relaxed);
    word_.store(0, detail::release);
    detail::offer(this);
    return true;
  }

  bool take_as(std::uint32_t desired) noexcept;
  bool take_once_more(const detail::Limits& limits);
  bool contend(const void* site, const detail::Limits& limits, std::uint32_t further = 0,
               bool exempt = false);
  bool acquire_at(const void* site, const detail::Limits& limits) { return contend(site, limits); }
  bool try_lock_slow(const void* site) noexcept;
  bool release_watched(const void* site) noexcept;
  void unlock_slow(const void* site) noexcept;
  void release_slow(const void* site);
  void die_held() const noexcept;

  // For a condition: letting go of the lock for a while, however deep it is held.
  std::uint32_t let_go() noexcept;
  std::uint32_t drop() noexcept;
  void take_back(std::uint32_t further, const void* site) { contend(site, {}, further, true); }

  detail::atomic<std::uint32_t> word_;
  detail::atomic<std::uint32_t> holder_{0};
  detail::atomic<std::uint32_t> further_{0};
  detail::atomic<const void*> site_{nullptr};  ///< where it was first taken, for reports
  detail::Label label_;
};

TWILL_END
