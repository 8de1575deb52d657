#include "platform/process_start.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

TWILL_BEGIN
namespace detail {

std::uint64_t process_start(std::int32_t pid) noexcept {
  const int saved = errno;
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  char text[1024];
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  errno = saved;
  if (size <= 0) return 0;
  text[size] = '\0';
  // Behind the name, which may hold anything: the state is the third field, the start the 22nd.
  const char* at = std::strrchr(text, ')');
  if (at == nullptr || at[1] == '\0' || at[2] == 'Z' || at[2] == 'X') return 0;
  ++at;
  for (int field = 2; field < 22 && at != nullptr; ++field)
    if (at = std::strchr(at, ' '); at != nullptr) ++at;
  return at != nullptr ? std::strtoull(at, nullptr, 10) : 0;
}

}  // namespace detail
TWILL_END
