#include "platform/write.hpp"

#include <cerrno>
#include <poll.h>
#include <unistd.h>

TWILL_BEGIN
namespace detail {

int write_all(int descriptor, const char* data, std::size_t size) noexcept {
  while (size > 0) {
    const ssize_t written = write(descriptor, data, size);
    if (written >= 0) {
      data += written;
      size -= static_cast<std::size_t>(written);
    } else if (errno == EAGAIN) {
      pollfd room{descriptor, POLLOUT, 0};
      poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

std::size_t write_within(int milliseconds, int descriptor, const char* data, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    pollfd room{descriptor, POLLOUT, 0};
    if (poll(&room, 1, milliseconds) != 1) return done;
    if (room.revents != POLLOUT) break;  // looked at first, since a write would raise SIGPIPE
    const ssize_t written = write(descriptor, data + done, size - done);
    if (written >= 0)
      done += static_cast<std::size_t>(written);
    else if (errno == EAGAIN)
      return done;
    else if (errno != EINTR)
      break;
  }
  return size;
}

}  // namespace detail
TWILL_END
