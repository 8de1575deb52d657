#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <twill/platform/abi.hpp>

#include "platform/futex.hpp"

TWILL_BEGIN
namespace detail {

/// A futex word in memory that other processes map as well. Never one of the model's atomics: no
/// other process is part of a model.
using SharedWord = std::atomic<std::uint32_t>;

/// One of the words that a sleeper listens to.
struct Listened {
  const SharedWord* word;
  std::uint32_t expected;
  bool is_private = false;  ///< of this process alone
};

/// How many words one sleeper can listen to.
inline constexpr std::size_t kMostListened = 128;

/// Sleeps while every word has its expected value, until one is woken or the monotonic clock
/// reaches `until` (nanoseconds; INT64_MAX = never). `woken` may be spurious: a kernel that can
/// listen to one word only (before Linux 5.16) answers it every few milliseconds.
FutexResult shared_wait(const Listened* words, std::size_t count, std::int64_t until) noexcept;

/// Wakes at most `count` sleepers of `word`, in all processes; answers how many.
int shared_wake(const SharedWord& word, int count) noexcept;
/// Wakes the sleeper of a word of this process.
void private_wake(const SharedWord& word) noexcept;

}  // namespace detail
TWILL_END
