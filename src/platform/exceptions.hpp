#pragma once

#include <cxxabi.h>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// What the language knows of a thread's exceptions (Itanium C++ ABI, Exception Handling, 2.2.2).
struct ExceptionState {
  void* caught = nullptr;
  unsigned uncaught = 0;
};

inline ExceptionState& exception_state() noexcept {
  return *reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
}

inline constinit thread_local const ExceptionState* known_exception_state
    __attribute__((tls_model("initial-exec"))) = nullptr;

/// As std::uncaught_exceptions(), which makes two calls into other libraries for it.
inline unsigned uncaught_exceptions() noexcept {
  if (known_exception_state == nullptr) [[unlikely]]
    known_exception_state = &exception_state();
  return known_exception_state->uncaught;
}

}  // namespace detail
TWILL_END
