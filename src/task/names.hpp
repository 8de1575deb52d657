#pragma once

#include <cstdint>

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// How many crews were given a name by number.
extern atomic<std::uint64_t> crews_named;

}  // namespace detail
TWILL_END
