#pragma once

#include <utility>

#include <fmt/core.h>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {
TWILL_API void print(fmt::string_view format, fmt::format_args args);
}

/// Formats as {fmt} does and writes the result to standard output in one system call, so that the
/// lines of threads and processes stay whole. Adds no newline. What C's stdio or std::cout hold
/// back is written first, so that the order is that of the calls.
///
/// Blocks while standard output takes nothing. Any thread. Throws OSError if it cannot be written.
template <class... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  detail::print(format, fmt::make_format_args(args...));
}

TWILL_END
