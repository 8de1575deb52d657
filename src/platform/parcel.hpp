#pragma once

#include <cstddef>
#include <span>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Bytes in memory that a descriptor stands for, which is given to another process instead of them.

/// A parcel of these bytes, closed by exec. Or -errno.
int make_parcel(std::span<const std::byte> bytes) noexcept;

/// Whether `file`, which came from somebody who is not trusted, is memory of that size, and all of
/// it is really there. (Memory that is only promised would cost its maker nothing, and whoever
/// unpacks it everything; the read of another kind of file may block.)
bool is_parcel(int file, std::size_t size) noexcept;

/// Copies all of it. False if it has got shorter meanwhile.
bool unpack_parcel(int file, std::span<std::byte> to) noexcept;

}  // namespace detail
TWILL_END
