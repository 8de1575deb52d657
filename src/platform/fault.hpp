#pragma once

#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// System calls that a sandbox or a tight limit may refuse. TWILL_FAULT=name[,name] makes them fail
/// as if refused, so that every fallback is run by a test.
enum class Fault : std::uint8_t { membarrier, thread_create };

/// Whether the call that stands behind `f` shall be refused now.
bool fault(Fault f) noexcept;

}  // namespace detail
TWILL_END
