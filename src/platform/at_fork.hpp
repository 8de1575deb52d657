#pragma once

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

using ForkHandler = void (*)();

/// pthread_atfork() for what twill itself has to do at a fork: so fork_sibling() does it as well.
/// Any thread may call it, but none is ever taken back.
void at_fork(ForkHandler before, ForkHandler in_parent, ForkHandler in_child) noexcept;

/// Call the handlers in pthread_atfork()'s order.
void run_before_fork() noexcept;
void run_in_parent_of_fork() noexcept;
void run_in_child_of_fork() noexcept;

}  // namespace detail
TWILL_END
