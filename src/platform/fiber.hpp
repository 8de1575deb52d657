#pragma once

#include <cstddef>

#include <twill/platform/abi.hpp>

#include "platform/annotations.hpp"
#include "platform/exceptions.hpp"

TWILL_BEGIN
namespace detail {

class Carrier;

/// A thread of control on a stack of its own, many of which take turns on one thread of the
/// machine. Carries what the C++ runtime knows of the exceptions in flight, and tells the
/// sanitizers of every change. Can be used again and again.
class Fiber {
 public:
  Fiber() noexcept = default;
  /// Runs on that one, as all to which it switches have to run on one. Otherwise all of them run on
  /// the calling thread.
  explicit Fiber(Carrier& carrier) noexcept : carrier_(&carrier) {}
  void move_to(Carrier& carrier) noexcept { carrier_ = &carrier; }
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Makes the next switch_to() run `entry(argument)` from its beginning, which never returns.
  /// Whatever ran here before is dropped where it stood. `number`: stacks of one number lie at the
  /// same place in every process, where that can be.
  void prepare(unsigned number, void (*entry)(void*), void* argument);

  /// Goes on with `other` until somebody switches back here. The caller runs on `this`, or on a
  /// thread's own stack, for which `this` then stands.
  void switch_to(Fiber& other) noexcept;

 private:
  struct Move;
  void jump(Fiber& other) noexcept;

  Carrier* carrier_ = nullptr;
  void* position_ = nullptr;  ///< where it goes on
  std::byte* stack_ = nullptr;
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
  Annotations annotations_;
  ExceptionState exceptions_;
};

}  // namespace detail
TWILL_END
