#pragma once

#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// The kernel's id of the calling thread.
std::int64_t native_thread_id() noexcept;

/// Whether the caller is the thread that the process began with (after a fork: the one that
/// forked).
bool is_main_thread() noexcept;

/// The processor that the caller runs on, or a guess.
unsigned current_cpu() noexcept;

/// Processors that this process may run on, at least 1; read once.
unsigned usable_cpus() noexcept;

/// The number of kernel tasks of this process; 0 where it cannot be read.
unsigned kernel_tasks() noexcept;

/// Whether the process catches a signal that others could send it (faults of its own do not count).
bool catches_signals() noexcept;

}  // namespace detail
TWILL_END
