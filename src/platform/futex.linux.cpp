#include "platform/futex.hpp"

#include <bit>
#include <cerrno>
#include <ctime>
#include <limits>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

TWILL_BEGIN
namespace detail {
namespace {

static_assert(std::endian::native == std::endian::little, "the low half of a word comes first");

FutexResult wait(const void* word, std::uint32_t expected, std::int64_t until) noexcept {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const bool bounded = until != std::numeric_limits<std::int64_t>::max();
  const timespec at{.tv_sec = until / kSecond, .tv_nsec = until % kSecond};
  const int saved = errno;
  const long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected,
                              bounded ? &at : nullptr, nullptr, FUTEX_BITSET_MATCH_ANY);
  const int error = result == 0 ? 0 : errno;
  errno = saved;
  if (error == ETIMEDOUT) return FutexResult::timeout;
  return error == EINTR ? FutexResult::interrupted : FutexResult::woken;
}

void wake(const void* word) noexcept {
  const int saved = errno;
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
  errno = saved;
}

}  // namespace

FutexResult futex_wait(const atomic<std::uint64_t>& word, std::uint64_t expected,
                       std::int64_t until) noexcept {
  return wait(&word, static_cast<std::uint32_t>(expected), until);
}

void futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected) noexcept {
  wait(&word, expected, std::numeric_limits<std::int64_t>::max());
}

void futex_wake(const atomic<std::uint64_t>& word) noexcept { wake(&word); }
void futex_wake(const atomic<std::uint32_t>& word) noexcept { wake(&word); }

}  // namespace detail
TWILL_END
