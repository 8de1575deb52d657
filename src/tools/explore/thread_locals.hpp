#pragma once

#include <string>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail::explorer {

/// A thread_local of this process, in words, that is neither twill's nor the C++ runtime's, so that
/// fibers would share what threads do not; empty if there is none. Of a program that holds twill
/// itself, as far as it has a table of its symbols.
std::string foreign_thread_local();

}  // namespace detail::explorer
TWILL_END
