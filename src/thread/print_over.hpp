#pragma once

#include <cstdio>
#include <string_view>

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

/// Writes text in the stead of write_all() while something is drawn at the bottom of a terminal, so
/// that the text stands above it. `held`: a stream that leads there too, locked by the caller; what
/// it holds back is written first. Answers 0, an errno, or less than 0: nothing is drawn there.
using PrintOver = int (*)(int descriptor, std::string_view text, std::FILE* held);

/// Null while nothing is drawn.
extern constinit atomic<PrintOver> print_over;

/// Writes all of it, above what is drawn where it goes. Answers 0 or an errno.
int write_over(int descriptor, std::string_view text, std::FILE* held = nullptr);

/// Returns once every print() that may have seen no PrintOver is done.
void let_prints_pass() noexcept;

}  // namespace detail
TWILL_END
