#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Packet sockets by which any processes of this machine meet under a name that is no file: it is
/// gone with the last process that listens. All are closed by exec, and answer a descriptor or
/// -errno: EINVAL for a name that is empty or longer than 100 bytes.
int listen_locally(std::string_view name) noexcept;
/// ECONNREFUSED if nobody listens. Blocks while those that listen are busy.
int connect_locally(std::string_view name) noexcept;
/// The next one who connected. Blocks until there is one.
int accept_locally(int listener) noexcept;

/// Whether the process at the other end belonged to this process's user when it connected, or began
/// to listen.
bool is_of_this_user(int socket) noexcept;

/// Bytes that nobody can guess. False if the system has none.
bool fill_at_random(std::span<std::byte> bytes) noexcept;

}  // namespace detail
TWILL_END
