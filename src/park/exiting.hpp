#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Whether the process is past main: objects of static storage are destroyed while threads that
/// nobody waits for may still use them, and that is no bug of theirs.
bool exiting() noexcept;

/// Or as if it were: an execution that has failed is brought to its end, whatever is left behind.
void pretend_exiting(bool on) noexcept;

}  // namespace detail
TWILL_END
