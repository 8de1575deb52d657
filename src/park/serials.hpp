#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// The next object of each kind that is asked for its name is number 1 again: for executions that
/// are to be alike.
void count_labels_anew() noexcept;

}  // namespace detail
TWILL_END
