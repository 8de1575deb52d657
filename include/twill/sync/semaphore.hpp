#pragma once

#include <cstdint>
#include <source_location>
#include <string>

#include <twill/park/bucket.hpp>
#include <twill/park/watching.hpp>
#include <twill/sync/acquirable.hpp>

TWILL_BEGIN

struct SemaphoreOptions {
  std::string name = {};
};

/// A number of permits (Python's threading.Semaphore): acquire() takes one, and blocks while there
/// is none; release() gives one back, or brings a new one. No owner: any thread may release.
///
/// A permit released happens before the acquire that takes it. Fair within bounds, as Lock:
/// newcomers overtake a waiter that has come first in line for about 100 us. acquire() throws
/// DeadlockError (if the whole process stands still) or InterruptedError. Also a scope guard's
/// lock: lock(), try_lock(), unlock(). It must not be destroyed while a thread waits for it;
/// whoever took the last permit may do it. Any thread may call anything. 32 bytes.
class TWILL_API Semaphore : public detail::Acquirable<Semaphore> {
 public:
  /// `value` permits to begin with; a negative number, or one above max(), throws ValueError.
  explicit Semaphore(std::int64_t value = 1, SemaphoreOptions options = {},
                     std::source_location made = std::source_location::current())
      : Semaphore("Semaphore", value, kMax, std::move(options), made) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// The largest number of permits that a semaphore can hold.
  static constexpr std::int64_t max() noexcept { return kMax; }

  using detail::Acquirable<Semaphore>::acquire;
  TWILL_INLINE bool acquire() { return take() || acquire_at(detail::here(), {}); }

  /// Adds `n` permits and wakes up to `n` waiters. Never blocks. n < 1, and more than the semaphore
  /// may hold, throw ValueError and change nothing.
  TWILL_INLINE void release(std::int64_t n = 1) {
    if (n != 1 || (bound_ & kPlain) == 0) [[unlikely]]
      return release_slow(n, detail::here());
    last_releaser_.store(detail::self_id, detail::relaxed);
    hint_.store(hint_.load(detail::relaxed) + 1,
                detail::relaxed);  // after the next line it may be gone
    const std::uint64_t before = word_.fetch_add(1, detail::release);
    if (before >= kMax) [[unlikely]]
      return take_back_one();
    detail::offer(this);
  }

  /// The permits left; old news by the time the caller looks at the answer.
  TWILL_INLINE std::int64_t value() const noexcept {
    if (word_.load(detail::relaxed) & kWatched) [[unlikely]]
      look(detail::here());
    return permits();
  }

  /// acquire(), an attempt at it, and release(), for scope guards.
  TWILL_INLINE void lock() { acquire(); }
  TWILL_INLINE bool try_lock() {
    return take() || acquire_at(detail::here(), {Deadline::passed()});
  }
  TWILL_INLINE void unlock() { release(); }

  /// The name it was given, or "Semaphore#3".
  std::string name() const { return label_.name(kind().name); }

 protected:
  Semaphore(const char* kind, std::int64_t value, std::int64_t bound, SemaphoreOptions options,
            std::source_location made);

 private:
  friend class detail::Acquirable<Semaphore>;

  /// word_: bits 0-31 permits, bit 33 watched.
  ///
  /// hint_ is what word_ may be: stored plainly, and tried first, since to read back what a locked
  /// instruction has just written costs some 5 ns. It may be wrong at any time.
  static constexpr std::int64_t kMax = 0x7fff'ffff;
  static constexpr std::uint32_t kPlain = 1u << 31;
  static constexpr std::uint64_t kCount = 0xffff'ffff;
  static constexpr std::uint64_t kWatched = detail::kWatchedBit;

  TWILL_INLINE bool take() noexcept {
    std::uint64_t word = hint_.load(detail::relaxed);
    if (word == 0) word = word_.load(detail::relaxed);
    while (word != 0 && word <= kCount) {
      if (!word_.compare_exchange_weak(word, word - 1, detail::acquire, detail::relaxed)) continue;
      hint_.store(static_cast<std::uint32_t>(word - 1), detail::relaxed);
      last_taker_.store(detail::self_id, detail::relaxed);
      return true;
    }
    return false;
  }

  static const detail::Kind kKind;
  static const detail::Kind kBoundedKind;
  static void last_users(const void* semaphore, detail::Owners& out);
  static bool has_permit(const void* semaphore, std::uint32_t context);

  std::int64_t permits() const noexcept {
    return static_cast<std::int64_t>(word_.load(detail::relaxed) & kCount);
  }
  void look(const void* site) const noexcept;
  const detail::Kind& kind() const noexcept;
  std::int64_t bound() const noexcept { return bound_ & ~kPlain; }
  bool take_any(std::uint32_t me) noexcept;
  bool acquire_at(const void* site, const detail::Limits& limits);
  void release_slow(std::int64_t n, const void* site);
  [[noreturn]] void take_back_one();

  detail::atomic<std::uint64_t> word_;
  detail::atomic<std::uint32_t> hint_;
  const std::uint32_t bound_;  ///< the most permits; with kPlain if neither bounded nor watched
  // Contexts, for suspicions.
  detail::atomic<std::uint32_t> last_taker_{0};
  detail::atomic<std::uint32_t> last_releaser_{0};
  detail::Label label_;
};

TWILL_END
