#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Whether the process is past main: objects of static storage are destroyed while threads that
/// nobody waits for may still use them, and that is no bug of theirs.
bool exiting() noexcept;

}  // namespace detail
TWILL_END
