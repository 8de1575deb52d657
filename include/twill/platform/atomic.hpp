#pragma once

#include <twill/platform/abi.hpp>

/// The private atomics alias: every shared word of twill is a detail::atomic. In a normal build
/// that is std::atomic; the model build swaps it for one whose every operation is a scheduling
/// point and whose stores wait in a buffer, so that twill's own algorithms can be explored
/// operation by operation.

#ifdef TWILL_MODEL
#include <twill/platform/model_atomic.hpp>

TWILL_BEGIN
namespace detail {
template <class T>
using atomic = model::atomic<T>;
}
TWILL_END
#else
#include <atomic>

TWILL_BEGIN
namespace detail {
template <class T>
using atomic = std::atomic<T>;
}
TWILL_END
#endif

#include <atomic>

TWILL_BEGIN
namespace detail {
inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;
inline constexpr auto seq_cst = std::memory_order_seq_cst;
}  // namespace detail
TWILL_END
