#include "platform/poll.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <limits>
#include <sys/eventfd.h>
#include <unistd.h>

#include "platform/fault.hpp"

TWILL_BEGIN
namespace detail {
namespace {

constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();

std::int64_t monotonic_now() noexcept {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

int poll_for(std::int64_t nanoseconds, std::span<pollfd> descriptors) noexcept {
  const std::int64_t start = nanoseconds == 0 || nanoseconds == kEver ? 0 : monotonic_now();
  for (std::int64_t left = nanoseconds;;) {
    const timespec time{left / 1'000'000'000, left % 1'000'000'000};
    const int ready = ppoll(descriptors.data(), descriptors.size(),
                            nanoseconds == kEver ? nullptr : &time, nullptr);
    if (ready >= 0) return ready;
    if (errno != EINTR) return -errno;
    if (start != 0) left = std::max<std::int64_t>(0, nanoseconds - (monotonic_now() - start));
  }
}

int make_event() noexcept {
  if (fault(Fault::eventfd)) return -EMFILE;
  const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return event >= 0 ? event : -errno;
}

void set_event(int event) noexcept { eventfd_write(event, 1); }

}  // namespace detail
TWILL_END
