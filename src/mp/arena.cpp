#include "mp/arena.hpp"

#include <cstdlib>
#include <cstring>
#include <new>
#include <pthread.h>
#include <string>

#include <twill/platform/error.hpp>

#include "mp/family.hpp"
#include "platform/clock.hpp"
#include "platform/memory_file.hpp"
#include "platform/thread_id.hpp"

TWILL_BEGIN
namespace mp::detail {

// A waiter that is killed after it was woken takes the wake-up with it. The lock is held for some
// microseconds, so nobody sleeps for long rather than until it is woken.
ArenaLock::ArenaLock(Arena& a) noexcept : entry_(a.lock) {
  constexpr std::int64_t kSlice = 2'000'000;
  const std::uint32_t me = twill::detail::robust_id();
  for (;;) {
    std::uint32_t word = entry_.word.load(std::memory_order_relaxed);
    if ((word & RobustEntry::kOwner) == 0) {
      if (twill::detail::robust_take(entry_, word, me | (word & RobustEntry::kWaiters))) return;
      continue;
    }
    if ((word & RobustEntry::kWaiters) == 0 &&
        !entry_.word.compare_exchange_strong(word, word | RobustEntry::kWaiters))
      continue;
    const twill::detail::Listened listened{&entry_.word, word | RobustEntry::kWaiters};
    twill::detail::shared_wait(&listened, 1, twill::detail::monotonic_now() + kSlice);
  }
}

ArenaLock::~ArenaLock() { twill::detail::robust_drop(entry_, 0); }

namespace {

bool has_died(const Seat& seat) noexcept {
  return (seat.life.word.load(std::memory_order_acquire) & RobustEntry::kOwnerDied) != 0 &&
         (seat.life.word.load(std::memory_order_relaxed) & RobustEntry::kOwner) == 0;
}

/// Under the arena's lock.
void clear_after(Arena& a, int seat) noexcept {
  Seat& dead = a.seats[seat];
  // The kernel has woken one listener, which may be killed before it is here; then that one's own
  // death wakes another, who finds both. So who is here wakes all the others, before the word
  // changes: from then on nobody could tell.
  twill::detail::shared_wake(dead.life.word, 0x7fff'ffff);
  const std::uint32_t used = a.blocks_used.load();
  for (std::uint32_t i = 0; i < used; ++i) {
    Block& block = a.blocks[i];
    if (!block.users.has(seat)) continue;
    if (block.kind.load() == static_cast<std::uint32_t>(BlockKind::barrier))
      break_barrier_of_dead(block, seat, !dead.leaves.load());
    block.users.remove(seat);
  }
  silence_bells_of_dead(a, seat);
  for (WaitRecord& record : a.waits)
    if (record.owner.load() == static_cast<std::uint32_t>(seat + 1)) record.clear();
  dead.deaths.fetch_add(1);
  a.ends.fetch_add(1);
  dead.leaves.store(false);
  dead.life.word.store(0, std::memory_order_release);
}

}  // namespace

void clear_after_dead() noexcept {
  Arena& a = arena();
  for (int seat = 0; seat < static_cast<int>(kSeats); ++seat) {
    if (!has_died(a.seats[seat]) && !has_ended_unseen(a.seats[seat])) continue;
    const ArenaLock hold(a);
    if (has_died(a.seats[seat]) || has_ended_unseen(a.seats[seat])) clear_after(a, seat);
  }
}

std::uint32_t index_of(const Block& block) noexcept {
  return static_cast<std::uint32_t>(&block - arena().blocks);
}

int need_seat() {
  if (const int seat = my_seat(); seat != kNoSeat) return seat;
  throw RuntimeError("no more than " + std::to_string(kSeats) +
                     " processes can share objects of twill::mp");
}

Block& make_block(BlockKind kind) {
  Arena& a = arena();
  const int seat = need_seat();
  const ArenaLock hold(a);
  for (std::uint32_t i = 0; i < kBlocks; ++i) {
    Block& block = a.blocks[i];
    if (!block.users.empty()) continue;
    std::memset(static_cast<void*>(block.body), 0, Block::kBody);
    block.kind.store(static_cast<std::uint32_t>(kind));
    block.shared.store(0);
    if (a.blocks_used.load() <= i) a.blocks_used.store(i + 1);
    block.users.add(seat);
    return block;
  }
  throw RuntimeError("there are " + std::to_string(kBlocks) +
                     " objects of twill::mp, and no room for more");
}

// 1. A waits; B has the object as well.  2. B drops it.  3. Nobody could end A's wait, and nothing
// says so: B lives on. Of several that drop it at the same time the last finds one left.
void drop_block(Block& block) noexcept {
  const int seat = my_seat();
  if (seat == kNoSeat) return;
  const bool was_shared = block.shared.load() != 0;
  if (!block.users.remove(seat) || !was_shared || !block.users.has_one()) return;
  arena().ends.fetch_add(1);
  tell_change();
}

void tell_change() noexcept {
  arena().changes.fetch_add(1);
  twill::detail::shared_wake(arena().changes, 0x7fff'ffff);
}

bool is_left_alone(const Block& block) noexcept {
  const int seat = my_seat();
  return seat != kNoSeat && block.shared.load() != 0 && block.users.is_only(seat) &&
         !arena().crowded.load();
}

}  // namespace mp::detail
TWILL_END
