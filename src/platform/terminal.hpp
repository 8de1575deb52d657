#pragma once

#include <cstddef>
#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// The terminal that a descriptor leads to, the same for all that lead there; 0: it is none.
std::uint64_t terminal_of(int descriptor) noexcept;

struct TerminalSize {
  std::size_t columns, rows;
};

/// How large it is now; 80 x 24 where that is not known.
TerminalSize terminal_size(int descriptor) noexcept;

/// Another descriptor for a terminal, to be closed by the caller. Writes to it never block, unless
/// the terminal may not be opened anew. Negative: there is none to be had.
int open_again(int terminal) noexcept;

}  // namespace detail
TWILL_END
