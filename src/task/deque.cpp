#include "task/deque.hpp"

#include <twill/park/bucket.hpp>

#include "platform/membarrier.hpp"

TWILL_BEGIN
namespace detail {

Deque::Deque(std::size_t first_size) : first_size_(first_size) {
  rings_[0] = std::make_unique<atomic<Job*>[]>(first_size);
}

void Deque::push(Job& job) {
  const std::int64_t bottom = bottom_.load(relaxed);
  View now = ring(ring_.load(relaxed));
  if (bottom - known_top_ > static_cast<std::int64_t>(now.mask)) [[unlikely]] {
    known_top_ = top_.load(acquire);
    if (bottom - known_top_ > static_cast<std::int64_t>(now.mask)) now = grow(known_top_, bottom);
  }
  now.at(bottom).store(&job, relaxed);
  bottom_.store(bottom + 1, release);
}

Deque::View Deque::grow(std::int64_t top, std::int64_t bottom) {
  const std::uint32_t number = ring_.load(relaxed);
  const View old = ring(number);
  rings_.at(number + 1) = std::make_unique<atomic<Job*>[]>(2 * (old.mask + 1));
  const View wider = ring(number + 1);
  for (std::int64_t i = top; i < bottom; ++i) wider.at(i).store(old.at(i).load(relaxed), relaxed);
  ring_.store(number + 1, release);
  return wider;
}

Job* Deque::pop() noexcept {
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
  Job* const job = ring(ring_.load(relaxed)).at(bottom).load(relaxed);
  if (top < bottom) return job;
  const bool mine = top_.compare_exchange_strong(top, top + 1, seq_cst, relaxed);
  bottom_.store(bottom + 1, release);
  return mine ? job : nullptr;
}

Job* Deque::steal() noexcept {
  std::int64_t top = top_.load(seq_cst);
  if (top >= bottom_.load(acquire)) return nullptr;
  if (asymmetric_barriers) heavy_barrier();
  if (top >= bottom_.load(seq_cst)) return nullptr;
  Job* const job = ring(ring_.load(acquire)).at(top).load(relaxed);
  return top_.compare_exchange_strong(top, top + 1, seq_cst, relaxed) ? job : nullptr;
}

}  // namespace detail
TWILL_END
