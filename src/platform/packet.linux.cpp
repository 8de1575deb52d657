#include "platform/packet.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

TWILL_BEGIN
namespace detail {
namespace {

/// Room for what the kernel says beside a packet.
union Beside {
  cmsghdr head;
  char room[CMSG_SPACE(kMostFiles * sizeof(int))];
};

iovec part(std::span<const std::byte> bytes) noexcept {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

void take_files(msghdr& message, std::span<int> files) noexcept {
  std::ranges::fill(files, -1);
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) return;
  std::memcpy(files.data(), CMSG_DATA(head), head->cmsg_len - CMSG_LEN(0));
}

}  // namespace

int make_packet_pair(int (&ends)[2]) noexcept {
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : errno;
}

int send_packet(int end, std::span<const std::byte> head, std::span<const std::byte> body,
                std::span<const int> files) noexcept {
  iovec parts[] = {part(head), part(body)};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  Beside beside{};
  std::size_t size = 0;
  for (const int file : files.first(std::min(files.size(), kMostFiles))) {
    if (file < 0) continue;
    std::memcpy(CMSG_DATA(&beside.head) + size, &file, sizeof file);
    size += sizeof file;
  }
  if (size > 0) {
    message.msg_control = &beside;
    message.msg_controllen = CMSG_SPACE(size);
    beside.head = {CMSG_LEN(size), SOL_SOCKET, SCM_RIGHTS};
  }
  while (sendmsg(end, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno == ECONNRESET) return EPIPE;  // the other end was closed before it had read all
    if (errno != EINTR) return errno;
  }
  return 0;
}

ssize_t receive_packet(int end, std::span<std::byte> to, std::span<int> files) noexcept {
  iovec room = part(to);
  Beside beside;
  files = files.first(std::min(files.size(), kMostFiles));
  for (;;) {
    msghdr message{};
    message.msg_iov = &room;
    message.msg_iovlen = 1;
    message.msg_control = &beside;
    message.msg_controllen = CMSG_LEN(files.size_bytes());  // the kernel installs no more than fit
    const ssize_t size = recvmsg(end, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    // Who closes an end before all is read at it resets the other once; what is there stays there.
    if (size < 0 && (errno == EINTR || errno == ECONNRESET)) continue;
    if (size < 0) return -errno;
    take_files(message, files);
    const bool lost_a_file = (message.msg_flags & MSG_CTRUNC) != 0;
    if (!lost_a_file && (message.msg_flags & MSG_TRUNC) == 0) return size;
    for (int& file : files)
      if (file >= 0) close(std::exchange(file, -1));
    return lost_a_file ? -EMFILE : -EMSGSIZE;
  }
}

}  // namespace detail
TWILL_END
