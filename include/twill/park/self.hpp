#pragma once

#include <cstdint>

#include <twill/platform/here.hpp>

TWILL_BEGIN
namespace detail {

/// The id of the context that runs here (thread, coroutine or fiber); 0 before its first need. 32
/// bits with generation, so that the id of an ended context is never mistaken for a live one.
/// Whoever switches contexts on a thread switches this.
extern TWILL_API constinit thread_local std::uint32_t self_id
    __attribute__((tls_model("initial-exec")));

/// Makes a context for the calling thread if it has none, and answers its id.
TWILL_API std::uint32_t enrol() noexcept;

/// The calling context's id, never 0.
TWILL_INLINE std::uint32_t self() noexcept {
  const std::uint32_t id = self_id;
  return id != 0 ? id : enrol();
}

}  // namespace detail
TWILL_END
