#pragma once

#include <cstdint>
#include <span>

#include <poll.h>

#include <twill/platform/abi.hpp>

TWILL_BEGIN
namespace detail {

/// Blocks until one of the descriptors is ready or so many nanoseconds are over (0: looks once; the
/// greatest number: for ever). Signals do not end it. Answers how many are ready, or -errno.
int poll_for(std::int64_t nanoseconds, std::span<pollfd> descriptors) noexcept;

/// A descriptor that is ready once set_event() was called on it, and stays so. Or -errno.
int make_event() noexcept;
void set_event(int event) noexcept;

}  // namespace detail
TWILL_END
