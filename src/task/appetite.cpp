#include "task/appetite.hpp"

#include <twill/park/bucket.hpp>

#include "platform/membarrier.hpp"

TWILL_BEGIN
namespace detail {

void Appetite::set(Level level) noexcept {
  const std::uint32_t before = level_.load(relaxed);
  if (level == before) return;
  if (!asymmetric_barriers) {
    level_.exchange(level, acq_rel);
    return;
  }
  level_.store(level, relaxed);
  if (level > before) heavy_barrier();
}

Appetite::Level Appetite::asked() noexcept {
  if (!asymmetric_barriers) return static_cast<Level>(level_.fetch_add(0, acq_rel));
  std::atomic_signal_fence(seq_cst);  // for the compiler; set() does the rest
  return static_cast<Level>(level_.load(relaxed));
}

}  // namespace detail
TWILL_END
