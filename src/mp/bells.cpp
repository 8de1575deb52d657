#include "mp/bells.hpp"

#include <span>
#include <string>

#include <twill/platform/error.hpp>

#include "platform/thread_id.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

constexpr std::uint32_t kPhase = 3;
constexpr std::uint32_t kOneGeneration = 4;

Bell::Phase phase_of(std::uint32_t state) noexcept {
  return static_cast<Bell::Phase>(state & kPhase);
}

}  // namespace

// 1. A ringer reads that a bell waits for its condition.  2. The bell's owner goes, and another
// takes the bell for another condition.  3. The ringer rings it. So the generation is a part of the
// word that is exchanged, and read before the condition.
Bell& hang_bell(std::uint32_t condition, std::uint64_t ticket) {
  Arena& a = arena();
  const auto owner = static_cast<std::uint32_t>(need_seat() + 1);
  for (Bell& bell : a.bells) {
    std::uint32_t free = 0;
    if (bell.owner.load(std::memory_order_relaxed) != 0) continue;
    if (!bell.owner.compare_exchange_strong(free, owner)) continue;
    const auto number = static_cast<std::uint32_t>(&bell - a.bells + 1);
    for (std::uint32_t used = a.bells_used.load(); used < number;)
      a.bells_used.compare_exchange_weak(used, number);
    bell.condition.store(condition);
    bell.ticket.store(ticket);
    bell.state.store((bell.state.load() & ~kPhase) + kOneGeneration + Bell::waiting);
    return bell;
  }
  throw RuntimeError("no more than " + std::to_string(kBells) +
                     " threads can wait for conditions of twill::mp");
}

bool is_rung(const Bell& bell) noexcept { return phase_of(bell.state.load()) == Bell::rung; }

bool take_down(Bell& bell) noexcept {
  const std::uint32_t state = bell.state.exchange(bell.state.load() & ~kPhase);
  bell.owner.store(0);
  return phase_of(state) == Bell::rung;
}

Bell* ring_first(std::uint32_t condition) noexcept {
  Arena& a = arena();
  for (;;) {
    Bell* first = nullptr;
    std::uint32_t first_state = 0;
    std::uint64_t first_ticket = 0;
    for (Bell& bell : std::span(a.bells, a.bells_used.load())) {
      const std::uint32_t state = bell.state.load();
      if (phase_of(state) != Bell::waiting || bell.condition.load() != condition) continue;
      const std::uint64_t ticket = bell.ticket.load();
      if (first != nullptr && first_ticket <= ticket) continue;
      first = &bell;
      first_state = state;
      first_ticket = ticket;
    }
    if (first == nullptr) return nullptr;
    const std::uint32_t rung = (first_state & ~kPhase) + Bell::rung;
    if (!first->state.compare_exchange_strong(first_state, rung)) continue;
    first->habit.waker_cpu.store(twill::detail::current_cpu(), std::memory_order_relaxed);
    return first;
  }
}

namespace {

void wake_first(std::uint32_t condition) noexcept {
  if (const Bell* const bell = ring_first(condition); bell != nullptr)
    twill::detail::shared_wake(bell->state, 1);
}

}  // namespace

// 1. A notify rings a bell.  2. Its owner is killed before it goes on. The notify was for one who
// waits, so the next in line has it.
void silence_bells_of_dead(Arena& a, int seat) noexcept {
  for (Bell& bell : a.bells) {
    if (bell.owner.load() != static_cast<std::uint32_t>(seat + 1)) continue;
    const std::uint32_t condition = bell.condition.load();
    const bool rung = is_rung(bell);
    if (rung) wake_first(condition);  // before it is forgotten: we may be killed as well
    if (take_down(bell) && !rung) wake_first(condition);
  }
}

}  // namespace mp::detail
TWILL_END
