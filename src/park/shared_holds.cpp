#include "park/shared_holds.hpp"

TWILL_BEGIN
namespace detail {

/// Also those of contexts that vanished in a fork: they never let go.
bool held_by_bias(const void* object) noexcept {
  const std::uint32_t count = context_count();
  for (std::uint32_t i = 1; i < count; ++i) {
    Context& context = *context_at(i);
    if (context.standing.load(acquire) == Standing::free) continue;
    for (const SharedHold& hold : context.shared)
      if (hold.object.load(acquire) == object && hold.biased.load(relaxed)) return true;
  }
  return false;
}

}  // namespace detail
TWILL_END
