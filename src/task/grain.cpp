#include <twill/task/grain.hpp>

#include <algorithm>

#include <twill/park/deadline.hpp>

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::size_t kTime = 20'000;  // ns that one grain may take
constexpr std::size_t kGrowth = 8;     // from one to the next

std::int64_t nanoseconds() { return Clock::now().time_since_epoch().count(); }

}  // namespace

Grain::Measure::Measure(Grain& grain, std::size_t size) noexcept
    : grain_(grain), size_(size), began_(grain.measured_ ? nanoseconds() : 0) {}

Grain::Measure::~Measure() {
  if (!grain_.measured_) return;
  const auto took = static_cast<std::size_t>(std::max<std::int64_t>(nanoseconds() - began_, 1));
  grain_.grain_.store(std::min(kTime * size_ / took, kGrowth * size_), relaxed);
}

}  // namespace detail
TWILL_END
