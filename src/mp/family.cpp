#include "mp/family.hpp"

#include <cstdlib>
#include <new>
#include <pthread.h>
#include <unistd.h>
#include <utility>

#include "park/word_lock.hpp"
#include "platform/at_fork.hpp"
#include "platform/file_claim.hpp"
#include "platform/memory_file.hpp"
#include "platform/process_start.hpp"

TWILL_BEGIN
namespace mp::detail {
namespace {

constinit std::atomic<Arena*> the_arena{nullptr};
constinit int the_seat = kNoSeat;
pthread_key_t watched_by;

constinit int the_file = -1;  ///< the arena's
constinit twill::detail::FileIdentity its_identity;

/// Held from a fork's beginning to its end: a child that another thread forks meanwhile would have
/// a part in the claim.
constinit twill::detail::WordLock forking;
constinit int seat_of_child = kNoSeat;
constinit int claim = -1;  ///< on the seat's byte of the file, until the child sits or is dead

std::uint32_t alive_word() noexcept { return twill::detail::robust_id() | RobustEntry::kWaiters; }

/// The thread that the kernel watches for this process ends, and the process may go on.
void stop_watching(void*) noexcept {
  Seat& seat = the_arena.load()->seats[the_seat];
  if (seat.life.word.load() != alive_word()) return;
  twill::detail::robust_drop(seat.life, 0, Seat::kUnwatched);
  twill::detail::shared_wake(seat.life.word, 0x7fff'ffff);
}

void watch(Seat& seat, std::uint32_t before) noexcept {
  if (twill::detail::robust_take(seat.life, before, alive_word()))
    pthread_setspecific(watched_by, &seat);
  twill::detail::shared_wake(seat.life.word, 0x7fff'ffff);
}

void sit_down(Arena& a, int seat, std::uint32_t before) noexcept {
  the_seat = seat;
  a.seats[seat].pid.store(static_cast<std::uint32_t>(getpid()));
  a.seats[seat].started.store(twill::detail::process_start(getpid()));
  watch(a.seats[seat], before);
}

bool is_file_there() noexcept { return twill::detail::identity_of(the_file) == its_identity; }

/// A free seat for the child, and a claim on it; kNoSeat if all are taken. Under the arena's lock.
int claim_seat(Arena& a) noexcept {
  if (!is_file_there()) return kNoSeat;
  int seat = 0;
  while (seat < static_cast<int>(kSeats) && a.seats[seat].life.word.load() != 0) ++seat;
  if (seat == static_cast<int>(kSeats)) return kNoSeat;
  claim = twill::detail::claim_byte(the_file, seat);
  return claim < 0 ? kNoSeat : seat;
}

/// 1. The parent forks and ends.  2. A waiter finds that the parent is gone and nobody else is
/// there.  3. The child runs for the first time. So the child has its seat before it exists.
void before_fork() noexcept {
  Arena& a = *the_arena.load();
  forking.lock();
  seat_of_child = kNoSeat;
  if (the_seat == kNoSeat) return;
  clear_after_dead();
  const ArenaLock hold(a);
  const int seat = claim_seat(a);
  if (seat == kNoSeat) {
    a.crowded.store(true);
    return;
  }
  const std::uint32_t used = a.blocks_used.load();
  for (std::uint32_t i = 0; i < used; ++i) {
    Block& block = a.blocks[i];
    block.users.remove(seat);  // of a fork that was killed here
    if (!block.users.has(the_seat)) continue;
    block.shared.store(1);
    block.users.add(seat);
  }
  a.seats[seat].leaves.store(false);
  a.seats[seat].pid.store(0);
  a.seats[seat].life.word.store(Seat::kBorn);
  seat_of_child = seat;
  // Who sleeps does not listen to this seat yet.
  tell_change();
}

/// If there is no child, for the system refused it or it is dead, nobody claims the seat from here
/// on, and whoever looks clears it away.
void in_parent() noexcept {
  twill::detail::end_claim(std::exchange(claim, -1));
  forking.unlock();
}

void in_child() noexcept {
  twill::detail::robust_after_fork();
  the_seat = kNoSeat;
  if (seat_of_child != kNoSeat) sit_down(*the_arena.load(), seat_of_child, Seat::kBorn);
  twill::detail::end_claim(std::exchange(claim, -1));
  forking.reset();
}

Arena* make_arena() {
  const int file = twill::detail::make_memory_file("twill", sizeof(Arena));
  void* memory = nullptr;
  try {
    memory = twill::detail::map_memory_file(file, sizeof(Arena));
  } catch (...) {
    twill::detail::close_memory_file(file);
    throw;
  }
  the_file = file;
  its_identity = twill::detail::identity_of(file);
  auto* const a = new (memory) Arena;
  the_arena.store(a);
  pthread_key_create(&watched_by, stop_watching);
  sit_down(*a, 0, 0);
  twill::detail::at_fork(before_fork, in_parent, in_child);
  std::atexit(leave_family);
  return a;
}

}  // namespace

Arena& arena() {
  static Arena* const made = make_arena();
  return *made;
}

int my_seat() noexcept { return the_seat; }

void be_watched() noexcept {
  if (the_seat == kNoSeat) return;
  Seat& seat = the_arena.load()->seats[the_seat];
  if (seat.life.word.load(std::memory_order_relaxed) == Seat::kUnwatched)
    watch(seat, Seat::kUnwatched);
}

void leave_family() noexcept {
  if (the_seat != kNoSeat) the_arena.load()->seats[the_seat].leaves.store(true);
}

bool has_ended_unseen(const Seat& seat) noexcept {
  const std::uint32_t life = seat.life.word.load();
  if (life == Seat::kBorn)
    return is_file_there() && !twill::detail::is_claimed(the_file, &seat - the_arena.load()->seats);
  return life == Seat::kUnwatched &&
         twill::detail::process_start(static_cast<std::int32_t>(seat.pid.load())) !=
             seat.started.load();
}

}  // namespace mp::detail
TWILL_END
