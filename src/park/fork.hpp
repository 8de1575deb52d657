#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// The child of a fork has one thread; nobody waits, and a lock that another thread held stays held
/// by one who has vanished. Registered beside the contexts: an object file of a static library that
/// nothing but its own constructor refers to would be left out of the program.
void park_after_fork() noexcept;

}  // namespace detail
TWILL_END
