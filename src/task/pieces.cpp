#include <twill/task/pieces.hpp>

#include <algorithm>

#include <twill/park/deadline.hpp>

#include "platform/clock.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::size_t kGrowth = 8;        // from one piece to the next
constexpr std::size_t kPiecesToCome = 3;  // for each who shares, when the last ones are cut

}  // namespace

bool Pieces::next(Share& share) noexcept {
  const std::size_t begin = next_.load(relaxed);
  if (begin >= size_) return false;
  const std::size_t fair = (size_ - begin) / (kPiecesToCome * sharers_);
  const std::size_t length = std::max<std::size_t>(std::min(length_after(share), fair), 1);
  share.begin = next_.fetch_add(length, relaxed);
  share.end = std::min(share.begin + length, size_);
  while (ready_.load(acquire) < share.end) yield_cpu();
  return share.begin < size_;
}

std::size_t Pieces::length_after(Share& share) const noexcept {
  if (time_ == 0) return 1;
  const std::int64_t now = Clock::now().time_since_epoch().count();
  const std::int64_t took = now - share.began;
  const std::size_t done = share.end - share.begin;
  share.began = now;
  if (done == 0) return 1;
  const std::size_t fit = time_ * done / static_cast<std::size_t>(std::max<std::int64_t>(took, 1));
  return std::min(fit, kGrowth * done);
}

}  // namespace detail
TWILL_END
