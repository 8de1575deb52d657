#include "mp/family.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <pthread.h>
#include <unistd.h>
#include <utility>

#include <twill/mp/decode_error.hpp>
#include <twill/platform/error.hpp>

#include "mp/invitation.hpp"
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
/// a part in the claim. Guards the list of invitations as well.
constinit twill::detail::WordLock forking;
constinit Invitation* invitations = nullptr;
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

/// Takes a seat for a child, which uses those of this process's blocks that `uses` says. Answers
/// it, with `claim`, or kNoSeat.
template <class Uses>
int take_seat_for_child(Arena& a, const Uses& uses) noexcept {
  clear_after_dead();
  const ArenaLock hold(a);
  const int seat = claim_seat(a);
  if (seat == kNoSeat) return seat;
  const std::uint32_t used = a.blocks_used.load();
  for (std::uint32_t i = 0; i < used; ++i) {
    Block& block = a.blocks[i];
    block.users.remove(seat);  // of a fork that was killed here
    if (!block.users.has(the_seat) || !uses(i)) continue;
    block.shared.store(1);
    block.users.add(seat);
  }
  a.seats[seat].leaves.store(false);
  a.seats[seat].pid.store(0);
  a.seats[seat].life.word.store(Seat::kBorn);
  // Who sleeps does not listen to this seat yet.
  tell_change();
  return seat;
}

/// 1. The parent forks and ends.  2. A waiter finds that the parent is gone and nobody else is
/// there.  3. The child runs for the first time. So the child has its seat before it exists.
void before_fork() noexcept {
  Arena& a = *the_arena.load();
  forking.lock();
  seat_of_child = kNoSeat;
  if (the_seat == kNoSeat) return;
  seat_of_child = take_seat_for_child(a, [](std::uint32_t) { return true; });
  if (seat_of_child == kNoSeat) a.crowded.store(true);
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
  Invitation::close_all();
  forking.reset();
}

/// `a` is this process's from now on, and it has the seat.
void join_family(Arena& a, int file, int seat, std::uint32_t before) {
  the_file = file;
  its_identity = twill::detail::identity_of(file);
  the_arena.store(&a);
  pthread_key_create(&watched_by, stop_watching);
  sit_down(a, seat, before);
  twill::detail::at_fork(before_fork, in_parent, in_child);
  std::atexit(leave_family);
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
  auto* const a = new (memory) Arena;
  join_family(*a, file, 0, 0);
  return a;
}

/// What an invitation says in the process that it is for.
struct Invited {
  int seat;
  twill::detail::Descriptor file;
};

/// 1. The claim ends.  2. Somebody looks, and clears the seat away.  3. The process sits down on a
/// seat that may be another's. So it sits down first.
Arena* enter_arena(Invited& invited) {
  const int file = invited.file.number();
  const int seat = invited.seat;
  if (seat < 0 || seat >= static_cast<int>(kSeats) ||
      !twill::detail::is_memory_file(file, sizeof(Arena)))
    throw DecodeError("what came as the memory of shared objects is none");
  auto* const a = static_cast<Arena*>(twill::detail::map_memory_file(file, sizeof(Arena)));
  if (a->seats[seat].life.word.load() != Seat::kBorn) {
    twill::detail::unmap_memory_file(a, sizeof(Arena));
    throw DecodeError("there is no seat for this process among those that share objects");
  }
  twill::detail::robust_after_fork();
  join_family(*a, invited.file.release(), seat, Seat::kBorn);
  twill::detail::end_claim_of_all(file, seat);
  return a;
}

/// The one that this process makes or enters first; so it is one whatever its threads do.
Arena& the_only_arena(Invited* invited) {
  static Arena* const first = invited != nullptr ? enter_arena(*invited) : make_arena();
  return *first;
}

}  // namespace

Arena& arena() { return the_only_arena(nullptr); }

Invitation::Invitation(const std::vector<Offer>& offers) {
  Arena& a = arena();
  need_seat();
  const auto is_offered = [&](std::uint32_t block) {
    return std::ranges::any_of(offers, [&](const Offer& offer) {
      return std::ranges::find(offer.blocks, block) != offer.blocks.end();
    });
  };
  for (const Offer& offer : offers)
    for (const std::uint32_t block : offer.blocks)
      if (!a.blocks[block].users.has(the_seat))
        throw RuntimeError("an object that was passed to a process is gone before its start()");
  const twill::detail::WordLock::Guard guard(forking);
  seat_ = take_seat_for_child(a, is_offered);
  if (seat_ == kNoSeat)
    throw RuntimeError("there is no room for one more process that shares objects of twill::mp");
  claim_ = std::exchange(claim, -1);
  next_ = std::exchange(invitations, this);
}

Invitation::~Invitation() {
  const twill::detail::WordLock::Guard guard(forking);
  Invitation** at = &invitations;
  while (*at != nullptr && *at != this) at = &(*at)->next_;
  if (*at == this) *at = next_;
  twill::detail::end_claim(claim_);
}

void Invitation::close_all() noexcept {
  for (Invitation* each = std::exchange(invitations, nullptr); each != nullptr; each = each->next_)
    twill::detail::end_claim(std::exchange(each->claim_, -1));
}

void accept_invitation(int seat, twill::detail::Descriptor file) {
  const auto wanted = twill::detail::identity_of(file.number());
  Invited invited{seat, std::move(file)};
  the_only_arena(&invited);
  if (its_identity != wanted)
    throw RuntimeError(
        "this process has made a shared object before it could have those of its parent, maybe as "
        "a static object: make that in main(), or fork");
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
