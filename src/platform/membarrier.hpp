#pragma once

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// Whether heavy_barrier() works here; registers the process for it. To be asked once, at start-up.
bool probe_membarrier() noexcept;

/// The dear half of an asymmetric barrier: every thread of the process executes a full memory
/// barrier between its preceding and its following accesses (membarrier(2), private expedited; 0.5
/// to 10 us). The cheap half, in the other threads, is program order alone.
void heavy_barrier() noexcept;

}  // namespace detail
TWILL_END
