#pragma once

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// What die() calls with its sentence, which need not return; null: nothing.
extern constinit atomic<void (*)(const char* line) noexcept> before_dying;

}  // namespace detail
TWILL_END
