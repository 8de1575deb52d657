#include "platform/shared_futex.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <limits>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/clock.hpp"
#include "platform/fault.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLookAgain = 5'000'000;  ///< where only one word can be listened to

timespec instant(std::int64_t at) noexcept {
  return {.tv_sec = at / kSecond, .tv_nsec = at % kSecond};
}

/// struct futex_waitv of the kernel; the C library may be older than it.
struct Waited {
  std::uint64_t value;
  std::uint64_t address;
  std::uint32_t flags;
  std::uint32_t reserved;
};
constexpr std::uint32_t kSize32 = 2;
constexpr long kWaitAny = 449;  ///< SYS_futex_waitv, of every machine

/// 0 or an errno.
int wait_any(const Listened* words, std::size_t count, std::int64_t until) noexcept {
  if (fault(Fault::futex_waitv)) return ENOSYS;
  Waited waited[kMostListened];
  for (std::size_t i = 0; i < count; ++i)
    waited[i] = {words[i].expected, reinterpret_cast<std::uintptr_t>(words[i].word),
                 kSize32 | (words[i].is_private ? FUTEX_PRIVATE_FLAG : 0u), 0};
  const timespec at = instant(until);
  return syscall(kWaitAny, waited, count, 0, until != kNever ? &at : nullptr, CLOCK_MONOTONIC) < 0
             ? errno
             : 0;
}

int wait_one(const Listened& first, std::int64_t until) noexcept {
  const timespec at = instant(until);
  return syscall(SYS_futex, first.word, FUTEX_WAIT_BITSET, first.expected,
                 until != kNever ? &at : nullptr, nullptr, FUTEX_BITSET_MATCH_ANY) < 0
             ? errno
             : 0;
}

/// The other words are looked at again and again.
int wait_in_slices(const Listened& first, std::int64_t until) noexcept {
  const std::int64_t slice = monotonic_now() + kLookAgain;
  const int error = wait_one(first, std::min(until, slice));
  return error == ETIMEDOUT && slice < until ? 0 : error;
}

}  // namespace

FutexResult shared_wait(const Listened* words, std::size_t count, std::int64_t until) noexcept {
  const int saved = errno;
  int error = count == 1 ? wait_one(*words, until) : wait_any(words, count, until);
  if (count > 1 && (error == ENOSYS || error == EPERM)) error = wait_in_slices(*words, until);
  errno = saved;
  if (error == ETIMEDOUT) return FutexResult::timeout;
  return error == EINTR ? FutexResult::interrupted : FutexResult::woken;
}

int shared_wake(const SharedWord& word, int count) noexcept {
  const int saved = errno;
  const auto woken = static_cast<int>(syscall(SYS_futex, &word, FUTEX_WAKE, count));
  errno = saved;
  return woken;
}

void private_wake(const SharedWord& word) noexcept {
  const int saved = errno;
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1);
  errno = saved;
}

}  // namespace detail
TWILL_END
