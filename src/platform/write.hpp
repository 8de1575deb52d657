#pragma once

#include <cstddef>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Writes all of it, in one system call unless the other end takes it in pieces. Waits where a
/// descriptor that does not block is full. Answers 0 or an errno.
int write_all(int descriptor, const char* data, std::size_t size) noexcept;

}  // namespace detail
TWILL_END
