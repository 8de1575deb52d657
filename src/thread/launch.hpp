#pragma once

#include "park/context.hpp"

TWILL_BEGIN
namespace detail {

/// What a new kernel thread does. It stays where it is until the thread is done with it.
struct Runnable {
  virtual void main() = 0;

  atomic<std::uint32_t> context{0};  ///< the id of the thread that runs it, 0 before

 protected:
  ~Runnable() = default;
};

struct LaunchOptions {
  const char* name = "";                      ///< for reports and for the kernel; empty: none
  bool internal = false;                      ///< one of twill's own: sees no signals
  bool bystander = false;                     ///< its timeout ends nobody else's wait
  void (*on_exit)(void*) noexcept = nullptr;  ///< at the very end of the thread
  void* on_exit_data = nullptr;
};

struct Launched {
  int error;              ///< 0, or the errno of a refusal
  std::uint32_t context;  ///< whose end may have come already
};

/// Starts a thread that runs `runnable`. Its context exists, and counts as running, when this
/// returns.
Launched launch(Runnable& runnable, const LaunchOptions& options) noexcept;

/// The stack of the threads that are launched from now on, in bytes; 0 = what the system gives.
extern atomic<std::size_t> stack_size_of_new_threads;

}  // namespace detail
TWILL_END
