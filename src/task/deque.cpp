#include "task/deque.hpp"

#include "platform/membarrier.hpp"

TWILL_BEGIN
namespace detail {

Deque::Deque(std::size_t first_size) : first_size_(first_size) {
  rings_[0] = std::make_unique<atomic<Job*>[]>(first_size);
  last_ring_ = ring(0);
}

void Deque::grow(std::int64_t top, std::int64_t bottom) {
  const std::uint32_t number = ring_.load(relaxed);
  const View old = ring(number);
  rings_.at(number + 1) = std::make_unique<atomic<Job*>[]>(2 * (old.mask + 1));
  const View wider = ring(number + 1);
  for (std::int64_t i = top; i < bottom; ++i) wider.at(i).store(old.at(i).load(relaxed), relaxed);
  ring_.store(number + 1, release);
  last_ring_ = wider;
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
