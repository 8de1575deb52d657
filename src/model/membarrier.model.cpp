#include "platform/membarrier.hpp"

#include "model/engine.hpp"

TWILL_BEGIN
namespace detail {

bool probe_membarrier() noexcept { return true; }

void heavy_barrier() noexcept {
  if (model::exploring) model::engine.barrier();
}

}  // namespace detail
TWILL_END
