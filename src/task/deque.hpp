#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <twill/park/bucket.hpp>
#include <twill/platform/atomic.hpp>
#include <twill/task/job.hpp>

TWILL_BEGIN
namespace detail {

/// Jobs of one thread, who pushes and pops at the bottom, last in, first out; others steal the
/// oldest from the top, one thief at a time (Chase and Lev, "Dynamic Circular Work-Stealing Deque",
/// 2005).
///
/// The owner pays for no barrier; the thief pays for both. What would go wrong without:
///
///     owner: bottom = 0 (sits in the store buffer); reads top: 0, so the last job is his
///     thief: reads top: 0, bottom: 1; takes the job as well, by advancing top
///
/// With the thief's heavy_barrier() between its two reads, either it sees the bottom of an owner
/// who has not read the top, or the owner reads the top after the thief's look and meets it in the
/// compare-and-swap that both make for the last job. Where the kernel refuses membarrier, the
/// owner's store of the bottom is an exchange.
class Deque {
 public:
  explicit Deque(std::size_t first_size = 64);  ///< a power of two
  Deque(const Deque&) = delete;
  Deque& operator=(const Deque&) = delete;

  /// The owner's. Throws bad_alloc if it has to grow and cannot.
  void push(Job& job);
  /// The owner's: the youngest job, or null.
  Job* pop() noexcept;
  /// A thief's, of whom there is one at a time: the oldest job; null if there is none, or the owner
  /// was faster.
  Job* steal() noexcept;
  /// Whether it never had to grow. The owner's.
  bool is_small() const noexcept { return ring_.load(relaxed) == 0; }
  /// Guesses, for any thread.
  std::size_t seems_to_hold() const noexcept {
    const std::int64_t top = top_.load(relaxed);
    return static_cast<std::size_t>(std::max(top, bottom_.load(relaxed)) - top);
  }
  bool seems_empty() const noexcept { return top_.load(relaxed) >= bottom_.load(relaxed); }

 private:
  /// Each twice as large as the one before; used in turn.
  static constexpr std::size_t kRings = 26;

  struct View {
    atomic<Job*>& at(std::int64_t index) const noexcept {
      return slots[static_cast<std::size_t>(index) & mask];
    }
    atomic<Job*>* slots;
    std::size_t mask;
  };

  View ring(std::uint32_t number) const noexcept {
    return {rings_[number].get(), (first_size_ << number) - 1};
  }
  void grow(std::int64_t top, std::int64_t bottom);

  const std::size_t first_size_;
  /// A thief may still look at an old one.
  std::array<std::unique_ptr<atomic<Job*>[]>, kRings> rings_;
  alignas(64) atomic<std::int64_t> bottom_{0};  ///< written by the owner
  std::int64_t known_top_ = 0;                  ///< the owner's: not more than the top
  View last_ring_;                              ///< the owner's
  atomic<std::uint32_t> ring_{0};
  alignas(64) atomic<std::int64_t> top_{0};  ///< advanced by whoever takes the oldest
};

inline void Deque::push(Job& job) {
  const std::int64_t bottom = bottom_.load(relaxed);
  const auto is_full = [&] {
    return bottom - known_top_ > static_cast<std::int64_t>(last_ring_.mask);
  };
  if (is_full()) [[unlikely]] {
    known_top_ = top_.load(acquire);
    if (is_full()) grow(known_top_, bottom);
  }
  last_ring_.at(bottom).store(&job, relaxed);
  bottom_.store(bottom + 1, release);
}

inline Job* Deque::pop() noexcept {
  const std::int64_t bottom = bottom_.load(relaxed) - 1;
  // Each store of the bottom is a release: who reads it sees the jobs below.
  if (asymmetric_barriers) [[likely]] {
    bottom_.store(bottom, release);
    std::atomic_signal_fence(seq_cst);  // for the compiler; the thief's barrier does the rest
  } else {
    bottom_.exchange(bottom, seq_cst);
  }
  std::int64_t top = top_.load(seq_cst);
  if (top > bottom) {
    bottom_.store(bottom + 1, release);
    return nullptr;
  }
  Job* const job = last_ring_.at(bottom).load(relaxed);
  if (top < bottom) return job;
  const bool mine = top_.compare_exchange_strong(top, top + 1, seq_cst, relaxed);
  bottom_.store(bottom + 1, release);
  return mine ? job : nullptr;
}

}  // namespace detail
TWILL_END
