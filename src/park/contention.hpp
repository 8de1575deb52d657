#pragma once

#include <twill/park/contend.hpp>

#include "park/node.hpp"

TWILL_BEGIN
namespace detail {

/// A waiter that takes for itself, or is given, what it waits for.
struct Contender : Node {
  explicit Contender(const Claim& c) noexcept : claim(c) {}

  const Claim& claim;
  std::uint64_t nudged_at = 0;  ///< in ticks
  bool starving = false;        ///< lost against newcomers: the next release shall hand over
  bool granted = false;         ///< a release took in this one's name, and unlinked it
};

/// contend() cut where it blocks, so that a coroutine can suspend there instead:
///
///     if (!contention.enlist())
///       do outcome = <block, or suspend until woken and conclude()>; while
///       (!contention.resume(outcome));
class Contention {
 public:
  Contention(const void* key, Context& context, const Subject& subject, const Claim& claim,
             const Limits& limits) noexcept;

  /// Stands in line. True: taken at once. False: armed, may be claimed at any time, has to block.
  bool enlist() noexcept;

  /// After the wait ended so. True: over, see outcome(). False: armed again, has to block again.
  bool resume(Outcome outcome) noexcept;

  Outcome outcome() const noexcept { return outcome_; }
  Wait& wait() noexcept { return wait_; }

 private:
  bool settle(WordLock::Guard& guard) noexcept;
  bool finish(WordLock::Guard& guard, Outcome outcome) noexcept;

  Bucket& bucket_;
  Wait wait_;
  Contender node_;
  Outcome outcome_ = Outcome::ready;
};

}  // namespace detail
TWILL_END
