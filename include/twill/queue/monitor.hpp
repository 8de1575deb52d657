#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <twill/park/self.hpp>
#include <twill/queue/patience.hpp>
#include <twill/queue/queue_base.hpp>

TWILL_BEGIN
namespace detail {

/// A lock that is taken together with a condition: "while there is an item", "while there is room".
/// Number of items, shutdown and lock stand in one word, so that one compare-and-swap does both,
/// also in the name of a waiter by whoever lets go. Then the waiter owns the lock, and what the
/// discipline does (compare, move, allocate, throw) runs in its own thread and under no bucket's
/// lock.
///
/// Whoever lets go offers all keys under which somebody could go on now: an attempt that failed
/// since the lock was held is made up for by the holder's leaving.
class TWILL_API Monitor : public QueueBase {
 protected:
  using QueueBase::QueueBase;

  /// Take the lock once there is room, or an item; unless the ending is done, it is not held.
  /// RuntimeError for a caller that holds it already.
  TWILL_INLINE Ending enter_to_put(Patience patience, const void* site) {
    std::uint64_t word = word_.load(relaxed);
    return has_room(word) && enter_from(word) ? Ending::done : enter_slow(kPut, patience, site);
  }
  TWILL_INLINE Ending enter_to_get(Patience patience, const void* site) {
    std::uint64_t word = word_.load(relaxed);
    return has_item(word) && enter_from(word) ? Ending::done : enter_slow(kGet, patience, site);
  }
  /// Whatever there is.
  void enter(const void* site);

  /// Lets go; the discipline holds `size` items now.
  TWILL_INLINE void leave(std::uint64_t size) noexcept {
    const std::uint64_t word = size << kSizeShift | (word_.load(relaxed) & kShut);
    owner_.store(0, relaxed);
    word_.store(word, release);
    offer(lock_key());  // each of them: a getter or a putter may wait for the lock alone
    offer(items_key());
    offer(slots_key());
  }
  /// The same for good: no more puts.
  void leave_shut(std::uint64_t size) noexcept;

  void count_put() noexcept {
    last_putter_.store(self_id, relaxed);
    puts_.store(puts_.load(relaxed) + 1, release);
  }
  void count_gets(std::uint64_t n) noexcept {
    last_getter_.store(self_id, relaxed);
    gets_.store(gets_.load(relaxed) + n, release);
  }

  std::size_t size() const noexcept {
    return static_cast<std::size_t>(word_.load(acquire) >> kSizeShift);
  }
  bool was_shut() const noexcept { return (word_.load(acquire) & kShut) != 0; }

 private:
  enum What : std::uint8_t { kPut, kGet, kAnyway };
  struct Entry;

  /// word_: bit 0 held, bit 1 shut down, bits 2-63 the number of items when nobody held it last.
  /// All bits change at the holder's hands only, but for the first.
  static constexpr std::uint64_t kHeld = 1;
  static constexpr std::uint64_t kShut = 2;
  static constexpr unsigned kSizeShift = 2;

  bool has_room(std::uint64_t word) const noexcept {
    return (word & kShut) == 0 && word >> kSizeShift < bound();
  }
  static bool has_item(std::uint64_t word) noexcept { return word >> kSizeShift != 0; }

  TWILL_INLINE bool enter_from(std::uint64_t word) noexcept {
    if ((word & kHeld) != 0 || !word_.compare_exchange_strong(word, word | kHeld, acquire, relaxed))
        [[unlikely]]
      return false;
    owner_.store(self(), relaxed);
    return true;
  }

  const void* lock_key() const noexcept { return &word_; }

  Ending enter_slow(What what, Patience patience, const void* site);
  bool attempt(Entry& entry) noexcept;
  bool promising(const Entry& entry) const noexcept;
  const void* key_of(What what) const noexcept;

  alignas(64) atomic<std::uint64_t> word_{0};
  atomic<std::uint32_t> owner_{0};  ///< who holds it, to tell one who comes twice
};

}  // namespace detail
TWILL_END
