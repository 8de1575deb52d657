#include "platform/local_socket.hpp"

#include <cerrno>
#include <cstring>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "platform/descriptor.hpp"

TWILL_BEGIN
namespace detail {
namespace {

/// A name that begins with a zero is in the kernel only.
struct Address {
  explicit Address(std::string_view name) noexcept {
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path + 1, name.data(), name.size());
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&at); }

  sockaddr_un at{};
  socklen_t size;
};

int open_for(std::string_view name) noexcept {
  if (name.empty() || name.size() > 100) return -EINVAL;
  const int made = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  return made < 0 ? -errno : made;
}

}  // namespace

int listen_locally(std::string_view name) noexcept {
  Descriptor made(open_for(name));
  if (!made) return made.number();
  const Address address(name);
  if (bind(made.number(), address.get(), address.size) != 0) return -errno;
  if (listen(made.number(), SOMAXCONN) != 0) return -errno;
  return made.release();
}

int connect_locally(std::string_view name) noexcept {
  Descriptor made(open_for(name));
  if (!made) return made.number();
  const Address address(name);
  while (connect(made.number(), address.get(), address.size) != 0)
    if (errno != EINTR) return -errno;
  return made.release();
}

int accept_locally(int listener) noexcept {
  for (;;) {
    const int made = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (made >= 0) return made;
    if (errno != EINTR && errno != ECONNABORTED) return -errno;
  }
}

bool is_of_this_user(int socket) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

bool fill_at_random(std::span<std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t size = getrandom(bytes.data(), bytes.size(), 0);
    if (size < 0 && errno != EINTR) return false;
    if (size > 0) bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace detail
TWILL_END
