#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <twill/mp/workforce.hpp>

TWILL_BEGIN
namespace mp::detail {

/// Memory that a worker shares with the pool that it works for, in a file without a name. What it
/// answers is kept here call by call, so that its death costs the call that it makes and no other.
struct Desk {
  std::atomic<std::uint32_t> begun{0};    ///< calls, of those that were given last
  std::atomic<std::uint32_t> done{0};     ///< and how many of their answers are whole
  std::atomic<std::uint32_t> spilled{0};  ///< whether the last one comes apart
  std::atomic<std::uint64_t> end{0};      ///< where the answers end, or later
  std::atomic<std::uint64_t> since{0};    ///< ticks at which the last one began
  std::byte calls[kDeskRoom];
  std::byte answers[kDeskRoom];
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// From the pool to a worker, with a descriptor if the calls are longer than a desk.
struct Order {
  std::uint32_t count = 0;  ///< of calls; 0: the end
  std::uint64_t size = 0;   ///< of what they are written as
};

/// From a worker to its pool: at the start, and after each order; with a descriptor if the last
/// answer is longer than the room that was left.
struct Report {
  std::uint64_t failed = 0;   ///< at the start: its initializer has, as what comes apart says
  std::uint64_t spilled = 0;  ///< the size of what comes apart
};

}  // namespace mp::detail
TWILL_END
