#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Called while nobody runs: whether every thread of the process waits for ever. Says so, once.
/// True if there is no need to look again.
bool find_standstill() noexcept;

}  // namespace detail
TWILL_END
