#pragma once

#include <cstdint>

#include <twill/park/bucket.hpp>
#include <twill/park/self.hpp>

TWILL_BEGIN
namespace detail {

/// Says which gate a context is in, if it came in by bias. Never freed: who revokes may look at it
/// at any time. After its context has ended another one goes on with it.
struct alignas(64) Passage {
  atomic<std::uint64_t> gate{0};     ///< the address of the gate | 1, or 0
  atomic<std::uint32_t> awaited{0};  ///< how many wait for its owner to leave a gate
  atomic<std::uint32_t> owner{0};    ///< the context whose passage it is
  Passage* next{nullptr};            ///< belongs to the registry
};

/// Lets one thread at a time through to an end of a queue, for some ten instructions. Sleeps in the
/// kernel and not in the door, as WordLock; whoever is inside calls nothing that may block.
///
/// A gate through which the same thread has come many times in a row is biased to it: from then on
/// that thread comes and goes by plain stores, since an atomic read-modify-write (3 to 14 ns) would
/// cost more than all the rest of a put or a get. Another thread that wants in takes the word and
/// revokes the bias:
///
///     owner:   passage = gate (sits in the store buffer); reads bias: still mine; goes in
///     revoker: word = 1; bias = null; reads passage: empty; goes in     <- two are inside
///
/// so the revoker executes heavy_barrier() between its store and its load: either it sees the
/// owner's passage and waits until the owner has left, or the owner sees the bias gone (compare
/// Dice, Moir, Scherer, "Quickly Reacquirable Locks", 2003). A revocation costs some microseconds,
/// so a bias that did not last makes the next one much later.
///
/// After leave() the gate may be gone: only the passage, and a table by address, are looked at.
///
/// A fork leaves behind whoever was inside, with the queue half changed: in the child, the next one
/// who comes to that gate aborts with a sentence.
class TWILL_API Gate {
 public:
  /// One thread's stay inside.
  class Visit {
   public:
    TWILL_INLINE explicit Visit(Gate& gate) noexcept : gate_(gate), passage_(gate.enter()) {}
    TWILL_INLINE ~Visit() { gate_.leave(passage_); }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    Gate& gate_;
    Passage* const passage_;
  };

  constexpr Gate() noexcept = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Waits until whoever was inside has left, for a destructor: nobody comes in any more. False if
  /// a fork left somebody behind inside.
  bool close() noexcept;

 private:
  static constexpr std::uint32_t kFirstStreak = 16;

  /// The passage if the caller came in by bias, else null.
  TWILL_INLINE Passage* enter() noexcept {
    Passage* const passage = bias_.load(acquire);
    if (passage != nullptr && passage->owner.load(relaxed) == self_id &&
        passage->gate.load(relaxed) == 0) [[likely]] {
      passage->gate.store(mark(), release);
      std::atomic_signal_fence(seq_cst);
      if (bias_.load(relaxed) == passage) [[likely]]
        return passage;
      depart(*passage);
    }
    enter_by_word();
    return nullptr;
  }

  TWILL_INLINE void leave(Passage* by_bias) noexcept {
    if (by_bias != nullptr) [[likely]]
      depart(*by_bias);
    else
      leave_by_word();
  }

  TWILL_INLINE static void depart(Passage& passage) noexcept {
    passage.gate.store(0, release);
    std::atomic_signal_fence(seq_cst);
    if (passage.awaited.load(relaxed) != 0) [[unlikely]]
      wake_awaiting(passage);
  }

  std::uint64_t mark() const noexcept { return reinterpret_cast<std::uintptr_t>(this) | 1; }

  void enter_by_word() noexcept;
  void leave_by_word() noexcept;
  void await_word() noexcept;
  void await_departure(Passage& owner) const noexcept;
  void revoke() noexcept;
  void bias_to_caller() noexcept;
  static void wake_awaiting(Passage& passage) noexcept;

  atomic<std::uint32_t> word_{0};  ///< the context that came in by the word, or 0
  // The rest is written by who came in by the word.
  std::uint32_t last_{0};               ///< the context that came last by the word
  std::uint32_t streak_{0};             ///< how often in a row it came that way
  std::uint32_t needed_{kFirstStreak};  ///< the streak that makes a bias
  std::uint32_t biased_since_{0};       ///< in ticks / 64
  atomic<Passage*> bias_{nullptr};      ///< whose owner may come in without the word
};

}  // namespace detail
TWILL_END
