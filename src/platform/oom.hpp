#pragma once

#include <cstdint>
#include <optional>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// How many processes of this one's control group the kernel has ended for want of memory; of the
/// whole system, where the group does not say; none if nobody does.
std::optional<std::uint64_t> out_of_memory_kills();

}  // namespace detail
TWILL_END
