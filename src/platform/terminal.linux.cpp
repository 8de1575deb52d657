#include "platform/terminal.hpp"

#include <cstdio>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

TWILL_BEGIN
namespace detail {

std::uint64_t terminal_of(int descriptor) noexcept {
  unsigned device = 0;  // of the terminal itself, also behind /dev/tty
  if (ioctl(descriptor, TIOCGDEV, &device) == 0) return device;
  struct stat status{};
  if (isatty(descriptor) == 0 || fstat(descriptor, &status) != 0) return 0;
  return status.st_rdev;
}

TerminalSize terminal_size(int descriptor) noexcept {
  winsize size{};
  ioctl(descriptor, TIOCGWINSZ, &size);
  return {size.ws_col > 0 ? size.ws_col : 80u, size.ws_row > 0 ? size.ws_row : 24u};
}

int open_again(int terminal) noexcept {
  char path[40];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", terminal);
  const int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return own >= 0 ? own : fcntl(terminal, F_DUPFD_CLOEXEC, 3);
}

}  // namespace detail
TWILL_END
