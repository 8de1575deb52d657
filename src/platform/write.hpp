#pragma once

#include <cstddef>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Writes all of it, in one system call unless the other end takes it in pieces. Waits where a
/// descriptor that does not block is full. Answers 0 or an errno.
int write_all(int descriptor, const char* data, std::size_t size) noexcept;

/// Writes as much as the other end takes; waits for it no longer than so many milliseconds without
/// any progress. Answers how much is dealt with: written, or lost because nobody can ever read it.
std::size_t write_within(int milliseconds, int descriptor, const char* data, std::size_t size);

}  // namespace detail
TWILL_END
