#pragma once

#include "mp/arena.hpp"

TWILL_BEGIN
namespace mp::detail {

/// A bell for one wait of the calling thread. Throws RuntimeError if there are no more.
Bell& hang_bell(std::uint32_t condition, std::uint64_t ticket);
bool is_rung(const Bell& bell) noexcept;
/// Ends the wait; true if the bell was rung meanwhile.
bool take_down(Bell& bell) noexcept;
/// Rings the bell that waits for the condition with the lowest ticket, and answers it: its owner is
/// still to be woken. Null if there is none.
Bell* ring_first(std::uint32_t condition) noexcept;

}  // namespace mp::detail
TWILL_END
