#pragma once

#include <cstddef>
#include <vector>

#include <twill/platform/abi.hpp>

#include "platform/control_groups.hpp"

TWILL_BEGIN
namespace detail {

/// How many bytes this process could have now, by what the system has and by its control groups
/// (which would end it rather than refuse); SIZE_MAX where nobody says.
std::size_t free_memory() noexcept;

/// How many bytes a file of this process may have (RLIMIT_FSIZE), also one of memory: the system
/// sends SIGXFSZ to who writes more.
std::size_t most_in_a_file() noexcept;

/// By these groups: what is left below the limit, and what the system keeps of files only to be
/// quick.
std::size_t free_in_groups(const std::vector<ControlGroup>& groups);

}  // namespace detail
TWILL_END
