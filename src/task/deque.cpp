#include "task/deque.hpp"

#include <twill/park/bucket.hpp>

#include "platform/membarrier.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::size_t kFirstSize = 64;

}  // namespace

Deque::Deque() {
  rings_.push_back(std::make_unique<const Ring>(kFirstSize));
  ring_.store(rings_.back().get(), relaxed);
}

Deque::~Deque() = default;

void Deque::push(Job& job) {
  const std::int64_t bottom = bottom_.load(relaxed);
  const Ring* ring = ring_.load(relaxed);
  if (bottom - known_top_ > static_cast<std::int64_t>(ring->mask)) [[unlikely]] {
    known_top_ = top_.load(acquire);
    if (bottom - known_top_ > static_cast<std::int64_t>(ring->mask))
      ring = &grow(known_top_, bottom);
  }
  ring->at(bottom).store(&job, relaxed);
  bottom_.store(bottom + 1, release);
}

const Deque::Ring& Deque::grow(std::int64_t top, std::int64_t bottom) {
  const Ring& old = *rings_.back();
  rings_.push_back(std::make_unique<const Ring>(2 * (old.mask + 1)));
  const Ring& wider = *rings_.back();
  for (std::int64_t i = top; i < bottom; ++i) wider.at(i).store(old.at(i).load(relaxed), relaxed);
  ring_.store(&wider, release);
  return wider;
}

Job* Deque::pop() noexcept {
  const std::int64_t bottom = bottom_.load(relaxed) - 1;
  if (asymmetric_barriers) [[likely]] {
    bottom_.store(bottom, relaxed);
    std::atomic_signal_fence(seq_cst);  // for the compiler; the thief's barrier does the rest
  } else {
    bottom_.exchange(bottom, seq_cst);
  }
  std::int64_t top = top_.load(seq_cst);
  if (top > bottom) {
    bottom_.store(bottom + 1, relaxed);
    return nullptr;
  }
  Job* const job = ring_.load(relaxed)->at(bottom).load(relaxed);
  if (top < bottom) return job;
  const bool mine = top_.compare_exchange_strong(top, top + 1, seq_cst, relaxed);
  bottom_.store(bottom + 1, relaxed);
  return mine ? job : nullptr;
}

Job* Deque::steal() noexcept {
  std::int64_t top = top_.load(seq_cst);
  if (top >= bottom_.load(acquire)) return nullptr;
  if (asymmetric_barriers) heavy_barrier();
  if (top >= bottom_.load(seq_cst)) return nullptr;
  Job* const job = ring_.load(acquire)->at(top).load(relaxed);
  return top_.compare_exchange_strong(top, top + 1, seq_cst, relaxed) ? job : nullptr;
}

}  // namespace detail
TWILL_END
