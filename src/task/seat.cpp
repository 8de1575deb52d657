#include "task/seat.hpp"

#include <algorithm>
#include <utility>

#include "platform/ticks.hpp"

TWILL_BEGIN
namespace detail {

namespace {

constexpr std::uint64_t kTime = 5;        // us that a handful may take
constexpr std::uint64_t kNoTime = 2;      // us; what is stolen ought to take longer
constexpr std::uint64_t kFirstPause = 4;  // us
constexpr std::uint64_t kLastPause = 64;  // us

}  // namespace

void Handful::begins(std::size_t jobs) noexcept {
  taken_ = jobs;
  began_ = ticks();
}

bool Handful::is_done() noexcept {
  if (taken_ == 0) return false;
  const bool was_all = taken_ < size_;
  const std::uint64_t each = (ticks() - began_) / taken_ + 1;
  const std::uint64_t fit = kTime * ticks_per_us() / each;
  size_ = std::clamp<std::size_t>(fit, 1, std::min(2 * taken_, kMost));
  return std::exchange(taken_, 0) <= fit && was_all;
}

bool Theft::is_due() const noexcept { return due_ == 0 || ticks() >= due_; }

void Theft::begins() noexcept { began_ = ticks(); }

void Theft::is_done() noexcept {
  if (began_ == 0) return;
  if (ticks() - began_ < kNoTime * ticks_per_us()) return was_in_vain();
  *this = Theft();
}

void Theft::was_in_vain() noexcept {
  const std::uint64_t us = ticks_per_us();
  began_ = 0;
  pause_ = std::clamp(2 * pause_, kFirstPause * us, kLastPause * us);
  due_ = ticks() + pause_;
}

}  // namespace detail
TWILL_END
