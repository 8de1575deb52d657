#pragma once

#include <span>

#include <poll.h>

#include <twill/park/subject.hpp>

TWILL_BEGIN
namespace mp::detail {

/// Blocks until one of the descriptors is ready. Sleeps in ppoll(), beside a descriptor that the
/// stop_token makes ready. Answers ready, timeout or stopped. Throws OSError.
twill::detail::Outcome await_ready(std::span<pollfd> descriptors,
                                   const twill::detail::Limits& limits);

/// The same for one; true if it became ready in time. Throws CancelledError.
bool await_ready(int descriptor, short events, const twill::detail::Limits& limits);

}  // namespace mp::detail
TWILL_END
