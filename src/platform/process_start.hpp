#pragma once

#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// When a process started, in the kernel's count: with its id, which is given again, who it is. 0
/// for one that does not exist or has ended. No allocation.
std::uint64_t process_start(std::int32_t pid) noexcept;

}  // namespace detail
TWILL_END
