#pragma once

#include "mp/arena.hpp"

TWILL_BEGIN
namespace mp::detail {

/// Whether the kernel would not tell that this process died (its thread has ended that the kernel
/// watched, or it had not begun to run), and it has.
bool has_ended_unseen(const Seat& seat) noexcept;

/// Has the kernel watch this process by the calling thread if it does not watch it already.
void be_watched() noexcept;

/// From now on the end of this process is no accident. Also done at exit(); for children that end
/// with _exit().
void leave_family() noexcept;

}  // namespace mp::detail
TWILL_END
