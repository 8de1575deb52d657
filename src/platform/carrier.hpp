#pragma once

#include <pthread.h>

#include <twill/platform/abi.hpp>
#include <twill/platform/atomic.hpp>

#include "platform/fiber.hpp"

TWILL_BEGIN
namespace detail {

/// A thread of the machine for fibers that are to have its thread_locals: switching to one of them
/// hands over to it, and the other sleeps. So one thread runs at a time, whatever carries it.
///
/// As it is made, a Carrier is the thread that hands over first.
class Carrier {
 public:
  Carrier() noexcept = default;
  /// Drops the fiber where it stands. The thread ends, its thread_locals are destroyed.
  ~Carrier();
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  /// Makes it a thread of its own. Answers 0 or an errno.
  int start() noexcept;

  /// Has it go on with `fiber`.
  void resume(Fiber& fiber) noexcept;
  /// Sleeps until it is to go on. Answers with what.
  Fiber& await() noexcept;

 private:
  static void* run(void* self);

  atomic<std::uint32_t> is_resumed_{0};
  Fiber* next_ = nullptr;
  Fiber base_{*this};  ///< the thread's own stack
  pthread_t thread_{};
  bool is_thread_ = false;
};

}  // namespace detail
TWILL_END
