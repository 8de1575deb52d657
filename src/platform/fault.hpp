#pragma once

#include <cstdint>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// System calls that a sandbox or a tight limit may refuse. TWILL_FAULT=name[,name] makes them fail
/// as if refused, so that every fallback is run by a test.
enum class Fault : std::uint8_t {
  membarrier,
  thread_create,
  futex_waitv,
  memory_file,
  fork,
  pidfd_open,
  eventfd,
  lifeline,
  file_claim
};

/// Whether the call that stands behind `f` shall be refused now.
bool fault(Fault f) noexcept;

/// For tests: from now on that call is refused, after so many that are not; and no more.
void refuse_after(Fault f, std::int64_t calls) noexcept;
void refuse_no_more(Fault f) noexcept;

}  // namespace detail
TWILL_END
