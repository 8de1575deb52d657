#include "mp/barrier_state.hpp"

TWILL_BEGIN
namespace mp::detail {

// 1. A party is cleared away.  2. Who clears away is killed.  3. The next finds no party, and the
// others wait for ever. So the barrier is broken first.
void break_barrier_of_dead(Block& block, int seat, bool by_accident) noexcept {
  auto& state = body_of<BarrierState>(&block);
  if (!state.parties.has(seat)) return;
  if (by_accident) state.break_it();
  state.parties.remove(seat);
}

}  // namespace mp::detail
TWILL_END
