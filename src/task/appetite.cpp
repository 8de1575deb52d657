#include "task/appetite.hpp"

#include "platform/membarrier.hpp"

TWILL_BEGIN
namespace detail {

void Appetite::set(Level level, bool may_push) noexcept {
  const std::uint32_t before = level_.load(relaxed);
  if (level == before) return;
  if (!asymmetric_barriers) {
    level_.exchange(level, acq_rel);
    return;
  }
  level_.store(level, relaxed);
  if (level > before && may_push) heavy_barrier();
}

}  // namespace detail
TWILL_END
