#pragma once

#include <cstddef>
#include <span>

#include <sys/types.h>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Two ends of a channel both ways, closed by exec. What is sent at one end in one call arrives at
/// the other in one call, whole or not at all, whoever else has the ends and whenever they die.
/// Answers 0 or an errno.
int make_packet_pair(int (&ends)[2]) noexcept;

constexpr std::size_t kMostFiles = 64;

/// Sends both parts as one packet, and with it those of `files`, kMostFiles at most, that are not
/// -1. Never blocks, never raises SIGPIPE. Answers 0 or an errno: EAGAIN if there is no room,
/// EMSGSIZE if there never is, EPIPE if nobody has the other end.
int send_packet(int end, std::span<const std::byte> head, std::span<const std::byte> body,
                std::span<const int> files) noexcept;

/// Takes the next packet, and the descriptors that came with it, in their order, as many as have
/// room in `files`; -1 for none. Never blocks. Answers the packet's size; 0 at the end of all; or
/// -errno: EAGAIN if there is none, and for a packet that is lost, EMSGSIZE if it was longer than
/// `to`, EMFILE if there was no room for its descriptors.
ssize_t receive_packet(int end, std::span<std::byte> to, std::span<int> files) noexcept;

}  // namespace detail
TWILL_END
