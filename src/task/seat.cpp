#include "task/seat.hpp"

#include <algorithm>

#include "platform/ticks.hpp"

TWILL_BEGIN
namespace detail {

namespace {

constexpr std::uint64_t kTime = 5;  // us that a handful may take

}  // namespace

void Handful::begins(std::size_t jobs) noexcept {
  taken_ = jobs;
  began_ = ticks();
}

void Handful::is_done() noexcept {
  if (taken_ == 0) return;
  const std::uint64_t each = (ticks() - began_) / taken_ + 1;
  const std::uint64_t fit = kTime * ticks_per_us() / each;
  size_ = std::clamp<std::size_t>(fit, 1, std::min(2 * taken_, kMost));
  taken_ = 0;
}

}  // namespace detail
TWILL_END
