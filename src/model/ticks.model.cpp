#include "platform/ticks.hpp"

#include "platform/clock.hpp"

TWILL_BEGIN
namespace detail {

std::uint64_t ticks() noexcept { return static_cast<std::uint64_t>(monotonic_now()); }

std::uint64_t ticks_per_us() noexcept { return 1000; }

}  // namespace detail
TWILL_END
