#pragma once

#include <cstdint>

#include <twill/platform/atomic.hpp>

TWILL_BEGIN
namespace detail {

enum class FutexResult : std::uint8_t { woken, timeout, interrupted };

/// Sleeps while the low half of `word` equals the low half of `expected`, until woken or until the
/// monotonic clock reaches `until` (nanoseconds; INT64_MAX = never). `woken` may be spurious.
FutexResult futex_wait(const atomic<std::uint64_t>& word, std::uint64_t expected,
                       std::int64_t until) noexcept;

/// The same for a whole word of 32 bits, without a limit.
void futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected) noexcept;

/// Wakes at most one sleeper of `word`. The word's memory may be gone: only its address is used.
void futex_wake(const atomic<std::uint64_t>& word) noexcept;
void futex_wake(const atomic<std::uint32_t>& word) noexcept;

}  // namespace detail
TWILL_END
