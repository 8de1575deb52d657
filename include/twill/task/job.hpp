#pragma once

#include <cstddef>
#include <exception>
#include <new>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

class GroupCore;

/// Work that a crew is given. Whoever takes it out of the crew does one of the two, once; the job
/// may be gone after that.
struct TWILL_API Job {
  virtual ~Job() = default;
  /// Does it. Throws nothing, but may be unwound by pthread_exit().
  virtual void run() = 0;
  /// Instead: nobody will do it, because of that exception, or, null, because it was cancelled.
  virtual void abandon(const std::exception_ptr& why) noexcept = 0;

  /// Jobs come and go by the million: each thread keeps memory for the next ones.
  static void* operator new(std::size_t size);
  static void operator delete(void* memory, std::size_t size) noexcept;
  static void* operator new(std::size_t size, std::align_val_t alignment) {
    return ::operator new(size, alignment);
  }
  static void operator delete(void* memory, std::size_t, std::align_val_t alignment) noexcept {
    ::operator delete(memory, alignment);
  }

  Job* next = nullptr;               ///< belongs to who has it
  const GroupCore* group = nullptr;  ///< that it is a member of
  const void* site = nullptr;        ///< where it was submitted, if that is known
};

}  // namespace detail
TWILL_END
