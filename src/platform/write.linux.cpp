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

}  // namespace detail
TWILL_END
