#pragma once

#include <span>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// What runs in place of the program's main(), once all its static objects are made; answers the
/// exit code. To be set by a constructor of the library, which the loader runs before that.

using Main = int (*)();
void replace_main(Main main) noexcept;

/// The arguments that the program was started with, as main() gets them; null before main().
char** program_arguments() noexcept;

/// Starts the executable of this process once more, with its arguments and its environment and
/// `setting`, a NAME=value; `keep` are the descriptors that stay open. Copies no memory, so any
/// thread may call it at any time. Or -errno.
int start_this_program(const char* setting, std::span<const int> keep) noexcept;

}  // namespace detail
TWILL_END
