#pragma once

#include <twill/thread/local_key.hpp>

TWILL_BEGIN
namespace detail {

/// The table of a context that has no values yet.
LocalTable* no_locals() noexcept;

/// The calling context ends: destroys its values, and those that their destructors make anew.
void end_locals() noexcept;

}  // namespace detail
TWILL_END
