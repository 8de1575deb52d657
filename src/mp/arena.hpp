#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <twill/platform/abi.hpp>
#include <twill/platform/atomic.hpp>

#include "platform/robust.hpp"

TWILL_BEGIN
namespace mp::detail {

using twill::detail::RobustEntry;
using twill::detail::SharedWord;

/// The states of all objects that a family of processes shares: one piece of memory, made when the
/// first object is and inherited by every fork, at the same address. Each process of the family has
/// a seat, each object a block, each thread that waits for a condition a bell.
///
/// What any of them does may end between any two instructions. So each record has one word that
/// says whether it is in use, and who finds a seat whose process has died goes through the records
/// and clears away what was the dead one's; a second that does the same finds nothing left.
inline constexpr unsigned kSeats = 124;  ///< a sleeper listens to all of them
inline constexpr unsigned kBlocks = 4096;
inline constexpr unsigned kBells = 1024;
inline constexpr unsigned kWaitRecords = 128;
inline constexpr int kNoSeat = -1;

/// A set of seats. Its operations are atomic for one seat.
class Seats {
 public:
  bool has(int seat) const noexcept { return (half(seat).load() & bit(seat)) != 0; }
  void add(int seat) noexcept {
    if (seat != kNoSeat) half(seat).fetch_or(bit(seat));
  }
  /// Whether it was in.
  bool remove(int seat) noexcept { return (half(seat).fetch_and(~bit(seat)) & bit(seat)) != 0; }
  bool empty() const noexcept { return halves_[0].load() == 0 && halves_[1].load() == 0; }
  bool is_only(int seat) const noexcept {
    return half(seat).load() == bit(seat) && halves_[seat < 64 ? 1 : 0].load() == 0;
  }
  bool has_one() const noexcept {
    return std::popcount(halves_[0].load()) + std::popcount(halves_[1].load()) == 1;
  }
  void clear() noexcept {
    for (auto& half : halves_) half.store(0);
  }

 private:
  static std::uint64_t bit(int seat) noexcept { return std::uint64_t{1} << (seat % 64); }
  std::atomic<std::uint64_t>& half(int seat) noexcept { return halves_[seat / 64]; }
  const std::atomic<std::uint64_t>& half(int seat) const noexcept { return halves_[seat / 64]; }

  std::atomic<std::uint64_t> halves_[2]{};
};

/// What those who wait at one place have learnt about how to wait (park/spin.hpp).
struct Habit {
  twill::detail::atomic<std::uint32_t> spin;
  std::atomic<std::uint32_t> waker_cpu;
};

/// life.word:
///
/// | word | meaning | set by |
/// |---|---|---|
/// | 0 | free | who cleared away, or made the arena |
/// | kBorn | for a child that is being forked | its parent |
/// | a thread's id and kWaiters | the process lives; that thread's list knows the entry | it |
/// | kUnwatched | it lives, but the thread has ended | that thread |
/// | kOwnerDied (and kWaiters) | it has died, or runs another program | the kernel |
struct alignas(64) Seat {
  static constexpr std::uint32_t kBorn = RobustEntry::kWaiters | 0x3fff'ffff;
  static constexpr std::uint32_t kUnwatched = RobustEntry::kWaiters | 0x3fff'fffe;

  RobustEntry life;
  std::atomic<std::uint32_t> pid{0};
  std::atomic<bool> leaves{false};        ///< it ends as it should
  std::atomic<std::uint64_t> started{0};  ///< when the process did: with pid, who it is
  std::atomic<std::uint32_t> deaths{0};   ///< of those that sat here
};

/// Free while `users` is empty: the one word that says so.
struct alignas(64) Block {
  static constexpr std::size_t kBody = 96;

  Seats users;                           ///< the processes that have a handle on it
  std::atomic<std::uint32_t> kind{0};    ///< a Kind of blocks
  std::atomic<std::uint32_t> shared{0};  ///< whether it ever had two users
  alignas(8) std::byte body[kBody];
};
static_assert(sizeof(Block) == 128);

enum class BlockKind : std::uint32_t { plain, barrier };

/// One thread's wait for a condition. state: generation << 2 | Phase. The generation tells a notify
/// that is meant for one wait from the next wait in the same record.
struct alignas(64) Bell {
  enum Phase : std::uint32_t { idle, waiting, rung };

  std::atomic<std::uint32_t> owner{0};  ///< seat + 1; 0: free
  SharedWord state{0};
  std::atomic<std::uint32_t> condition{0};  ///< index of its block
  std::atomic<std::uint64_t> ticket{0};
  Habit habit{};
};

/// One thread's wait for the owner of a lock (wait_edge.hpp). Written by that thread; `decided`,
/// `text`, `chosen` and `told` by who finds a cycle that it is in.
struct alignas(64) WaitRecord {
  std::atomic<std::uint32_t> owner{0};   ///< seat + 1; 0: free
  std::atomic<std::uint32_t> epoch{0};   ///< odd during a wait, and never the same in two
  std::atomic<std::uint32_t> thread{0};  ///< the kernel's id
  std::atomic<std::uint32_t> block{0};   ///< index of the lock's
  std::atomic<const void*> site{nullptr};
  std::atomic<std::uintptr_t> program{0};  ///< where it is in memory
  std::atomic<bool> can_throw{false};
  std::atomic<std::uint64_t> decided{0};  ///< a number of the last cycle that was dealt with
  std::atomic<std::uint32_t> told{0};     ///< the epoch that `text` is for
  std::atomic<std::uint32_t> chosen{0};   ///< the epoch in which it is to throw
  char who[96];
  char what[128];
  char text[1024];

  bool is_waiting() const noexcept { return epoch.load() % 2 != 0; }
  /// By its thread, or for one that is dead.
  void clear() noexcept {
    if (is_waiting()) epoch.fetch_add(1);
    owner.store(0);
  }
};

struct Arena {
  RobustEntry lock;       ///< held for seats and new blocks, never for long
  SharedWord changes{0};  ///< somebody was born, or has dropped an object: all who sleep look
  std::atomic<std::uint32_t> blocks_used{0};  ///< none above was ever in use
  std::atomic<std::uint32_t> bells_used{0};   ///< likewise
  std::atomic<std::uint32_t> waits_used{0};   ///< likewise
  std::atomic<std::uint32_t> ends{0};         ///< of processes and of holds on shared objects
  std::atomic<bool> crowded{false};           ///< some process found no seat
  Seat seats[kSeats];
  Bell bells[kBells];
  WaitRecord waits[kWaitRecords];
  Block blocks[kBlocks];
};

/// The family's arena; made at the first call. Throws OSError.
Arena& arena();
/// The seat of this process, or kNoSeat if all were taken when it was forked.
int my_seat() noexcept;
/// Throws RuntimeError if it has none.
int need_seat();

/// A zeroed block, used by this process; children forked from now on use it, too. Throws
/// RuntimeError if there are no more.
Block& make_block(BlockKind kind);
/// This process has no handle on it any more. Wakes who may be the only one left that has.
void drop_block(Block& block) noexcept;
/// Wakes all who sleep for long, and listen.
void tell_change() noexcept;
std::uint32_t index_of(const Block& block) noexcept;

/// Clears away what processes left that have died. Quick if nobody has.
void clear_after_dead() noexcept;

/// Whether no other process could do anything to the block any more: it was shared, and its other
/// users are gone.
bool is_left_alone(const Block& block) noexcept;

/// Holds the arena's lock. Whoever dies holding it leaves nothing that the next must repair.
class ArenaLock {
 public:
  explicit ArenaLock(Arena& arena) noexcept;
  ~ArenaLock();
  ArenaLock(const ArenaLock&) = delete;
  ArenaLock& operator=(const ArenaLock&) = delete;

 private:
  RobustEntry& entry_;
};

template <class Body>
Body& body_of(void* block) noexcept {
  static_assert(sizeof(Body) <= Block::kBody);
  void* const body = static_cast<Block*>(block)->body;
  return *static_cast<Body*>(body);
}

/// A process that shares something ended: what the kinds do then.
void break_barrier_of_dead(Block& block, int seat, bool by_accident) noexcept;
void silence_bells_of_dead(Arena& a, int seat) noexcept;

}  // namespace mp::detail
TWILL_END
