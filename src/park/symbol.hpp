#pragma once

#include <string>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// An instruction as "bank.cpp:12", the innermost line that lies outside std and twill; as
/// "program+0x1234" where there is no debug information.
std::string place_of(const void* instruction);

/// Whether an instruction lies in std or twill, inlining considered; false where it cannot be told.
bool lies_in_library(const void* instruction);

/// Round a fork: nobody is looking anything up meanwhile, so that the loader's lock, which
/// libbacktrace takes, is free in the child.
void symbols_before_fork() noexcept;
void symbols_after_fork_in_parent() noexcept;
void symbols_after_fork() noexcept;

}  // namespace detail
TWILL_END
