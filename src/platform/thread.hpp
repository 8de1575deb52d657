#pragma once

#include <cstddef>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// What a new kernel thread is given.
struct ThreadRequest {
  void* (*entry)(void*);
  void* argument;
  std::size_t stack_size = 0;  ///< in bytes; 0 = what the system gives
  bool blocks_signals = false;
};

/// Starts a thread that nobody collects: its end is signalled by whoever runs on it. Answers 0, or
/// the errno of a refusal.
int create_thread(const ThreadRequest& request) noexcept;

/// The smallest stack that create_thread() can be asked for.
std::size_t least_stack_size() noexcept;

/// Names the calling thread for ps, top and debuggers; the kernel keeps 15 characters.
void set_kernel_name(const char* name) noexcept;

}  // namespace detail
TWILL_END
