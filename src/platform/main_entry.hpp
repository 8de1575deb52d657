#pragma once

#include <span>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// What runs in place of the program's main(), once all its static objects are made; answers the
/// exit code. To be set by a constructor of the library, which the loader runs before that.

using Main = int (*)();
void replace_main(Main main) noexcept;

/// Why start_this_program() would start something else, and what to do about it; null if not.
const char* why_not_again() noexcept;

/// Starts the executable of this process once more, with its arguments and its environment and
/// `setting`, a NAME=value; `keep` are the descriptors that stay open (-1: none). Also if its file
/// was deleted or replaced meanwhile. Copies no memory, so any thread may call it at any time. Or
/// -errno.
int start_this_program(const char* setting, std::span<const int> keep) noexcept;

}  // namespace detail
TWILL_END
