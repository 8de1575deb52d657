#pragma once

#include <cstdint>

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// The lock below all locks: guards a bucket or a registry for some tens of instructions. It sleeps
/// in the kernel and not in the door, is not recursive, and nothing that may throw or block runs
/// under it. 0 free, 1 held, 2 held and somebody may sleep (Drepper, "Futexes Are Tricky", 2005,
/// mutex 2).
namespace word_lock {

void lock_slow(atomic<std::uint32_t>& word) noexcept;
void wake_one(atomic<std::uint32_t>& word) noexcept;

inline void lock(atomic<std::uint32_t>& word) noexcept {
  std::uint32_t free = 0;
  if (!word.compare_exchange_strong(free, 1, acquire, relaxed)) lock_slow(word);
}

inline void unlock(atomic<std::uint32_t>& word) noexcept {
  if (word.exchange(0, release) == 2) wake_one(word);
}

}  // namespace word_lock

class WordLock {
 public:
  class Guard {
   public:
    explicit Guard(WordLock& lock) noexcept : word_(lock.word_) { word_lock::lock(word_); }
    explicit Guard(atomic<std::uint32_t>& word) noexcept : word_(word) { word_lock::lock(word_); }
    ~Guard() { word_lock::unlock(word_); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    /// Lets go for a while; lock() again before the guard ends.
    void unlock() noexcept { word_lock::unlock(word_); }
    void lock() noexcept { word_lock::lock(word_); }

   private:
    atomic<std::uint32_t>& word_;
  };

  constexpr WordLock() noexcept = default;
  void lock() noexcept { word_lock::lock(word_); }
  bool try_lock() noexcept {
    std::uint32_t free = 0;
    return word_.compare_exchange_strong(free, 1, acquire, relaxed);
  }
  void unlock() noexcept { word_lock::unlock(word_); }
  /// In the child of a fork, where the holder is gone.
  void reset() noexcept { word_.store(0, relaxed); }

 private:
  atomic<std::uint32_t> word_{0};
};

}  // namespace detail
TWILL_END
