#pragma once

#include <csetjmp>
#include <cstdint>
#include <functional>
#include <ucontext.h>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace model {

/// A stack and what else makes a thread of control: also the C++ runtime's record of the exceptions
/// in flight. Used again for each execution.
class Fiber {
 public:
  explicit Fiber(unsigned number) noexcept : number_(number) {}
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// From the next switch_to() on runs `entry` from its beginning, which never returns. Whatever
  /// ran before is dropped where it stood.
  void prepare(void (*entry)());

  /// Goes on with `other` until somebody switches back here.
  void switch_to(Fiber& other) noexcept;

 private:
  /// The Itanium C++ ABI's __cxa_eh_globals.
  struct Exceptions {
    void* caught = nullptr;
    unsigned uncaught = 0;
  };

  unsigned number_;
  void* stack_ = nullptr;
  ucontext_t context_{};  ///< where it begins
  std::jmp_buf here_{};   ///< where it goes on
  bool begun_ = true;
  Exceptions exceptions_;
};

}  // namespace model
TWILL_END
