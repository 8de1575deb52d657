#include "platform/packet.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

TWILL_BEGIN
namespace detail {
namespace {

/// Room for what the kernel says beside a packet: one descriptor. It installs no more than fit.
union Beside {
  cmsghdr head;
  char room[CMSG_SPACE(sizeof(int))];
};

iovec part(std::span<const std::byte> bytes) noexcept {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

int descriptor_in(msghdr& message) noexcept {
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS ||
      head->cmsg_len < CMSG_LEN(sizeof(int)))
    return -1;
  int file = -1;
  std::memcpy(&file, CMSG_DATA(head), sizeof file);
  return file;
}

}  // namespace

int make_packet_pair(int (&ends)[2]) noexcept {
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : errno;
}

int send_packet(int end, std::span<const std::byte> head, std::span<const std::byte> body,
                int file) noexcept {
  iovec parts[] = {part(head), part(body)};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  Beside beside{};
  if (file >= 0) {
    message.msg_control = &beside;
    message.msg_controllen = sizeof beside;
    beside.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    std::memcpy(CMSG_DATA(&beside.head), &file, sizeof file);
  }
  while (sendmsg(end, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno == ECONNRESET) return EPIPE;  // the other end was closed before it had read all
    if (errno != EINTR) return errno;
  }
  return 0;
}

ssize_t receive_packet(int end, std::span<std::byte> to, int& file) noexcept {
  iovec room = part(to);
  Beside beside;
  for (;;) {
    msghdr message{};
    message.msg_iov = &room;
    message.msg_iovlen = 1;
    message.msg_control = &beside;
    message.msg_controllen = sizeof beside;
    const ssize_t size = recvmsg(end, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    // Who closes an end before all is read at it resets the other once; what is there stays there.
    if (size < 0 && (errno == EINTR || errno == ECONNRESET)) continue;
    if (size < 0) return -errno;
    file = descriptor_in(message);
    const bool lost_a_file = (message.msg_flags & MSG_CTRUNC) != 0;
    if (!lost_a_file && (message.msg_flags & MSG_TRUNC) == 0) return size;
    if (file >= 0) close(file);
    file = -1;
    return lost_a_file ? -EMFILE : -EMSGSIZE;
  }
}

}  // namespace detail
TWILL_END
