#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <span>
#include <string>

#include "mp/robust_lock.hpp"

TWILL_BEGIN
namespace mp::detail {

/// One thread's wait for the owner of a shared lock, while all processes can see it: in the arena,
/// as one edge of the graph of who waits for whom. A cycle of such waits, without timeout and
/// stop_token, ends by nothing but DeadlockError, which one of its threads gets; the others say the
/// same on stderr, and go on once that one has let go.
///
/// Who publishes looks for a cycle afterwards, and all of that is sequentially consistent; so the
/// last one of a cycle that publishes finds it whole. What it finds may never have been, since it
/// is read bit by bit:
///
///     1. A, who has L1, waits for L2, and reads: B has L2 and waits for L3, which C has
///     2. B gets L3, and lets go of all
///     3. C waits for L1. A reads that, too: the cycle A, B, C
///
/// So A reads all of it twice. If no edge was withdrawn in between (an epoch tells) and no owner is
/// another, all of them stood at the same time, between the two. An owner that let go and came back
/// would be the same, but it waits meanwhile, and who waits does neither.
///
/// Not for what has no owner (acquire(), a writer that waits for readers, locks that are no
/// objects of the arena), and not for cycles that pass through locks of one process alone.
class WaitEdge {
 public:
  /// Publishes it, unless the process looks for no deadlocks (DeadlockPolicy::off) or there are
  /// no more records, and looks for a cycle. `lock` is the block's.
  WaitEdge(Block& block, const RobustLock& lock, const Subject& subject) noexcept;
  ~WaitEdge();
  WaitEdge(const WaitEdge&) = delete;
  WaitEdge& operator=(const WaitEdge&) = delete;

  /// What DeadlockError is to say, once this thread was chosen; prints what another one chose.
  /// To be asked after each sleep.
  std::optional<std::string> verdict();

  /// Called when a record was found, before the rest of it is read; for tests.
  using Walking = void (*)(WaitRecord& record) noexcept;
  static std::atomic<Walking> while_walking;

 private:
  struct Step {
    WaitRecord* record;
    std::uint32_t epoch;
    const RobustLock* lock = nullptr;
    std::uint32_t owner = 0;

    std::uint32_t owner_now() const noexcept;
    bool stands() const noexcept;
  };
  struct Cycle {
    std::array<Step, kWaitRecords> steps;
    std::size_t size = 0;

    std::span<const Step> all() const noexcept { return std::span(steps).first(size); }
    bool stands() const noexcept { return std::ranges::all_of(all(), &Step::stands); }
  };

  void publish(Block& block, const Subject& subject);
  /// What is in the record, if the thread waits there.
  static std::optional<Step> step_of(WaitRecord& record, std::uint32_t thread) noexcept;
  static std::optional<Step> step_of(std::uint32_t thread) noexcept;
  bool find_cycle(Cycle& cycle) const noexcept;
  static bool is_elected(const Cycle& cycle) noexcept;
  static void resolve(const Cycle& cycle);

  WaitRecord* mine_ = nullptr;
};

}  // namespace mp::detail
TWILL_END
