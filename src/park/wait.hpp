#pragma once

#include "park/context.hpp"

TWILL_BEGIN
namespace detail {

/// (context, epoch): the one who waits. Whoever wants to end the wait claims it; exactly one claim
/// succeeds.
struct Waiter {
  Context* context;
  std::uint64_t epoch;
};

/// One wait of one context. Arm it, make it findable (link nodes, hand the waiter to an outside
/// source), check the condition once more, then block.
struct Wait {
  Wait(Context& context, const Subject& subject, const Limits& limits) noexcept;
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  /// Begins a new epoch. From here on it may be claimed.
  void arm() noexcept;

  Waiter waiter() const noexcept { return {&context, epoch}; }

  /// Blocks until the epoch is claimed: by a waker, by the deadline, by the stop_token or by a
  /// signal. Only contexts that can block (threads and fibers). `key` is where the waiter can be
  /// found.
  Outcome block(const void* key) noexcept;

  /// Whether the epoch is claimed, by the deadline or within a bounded spin.
  bool spin(const void* key) noexcept;

  /// Begins another epoch, unless this one was claimed.
  bool renew() noexcept;

  /// For contexts that suspend instead: publishes the wait, and answers false if it was claimed
  /// meanwhile, in which case nobody will wake the context and it goes on at once.
  bool suspend(const void* key) noexcept;

  /// The last step before the context gives the processor away, for its ContextKind: false if
  /// somebody has claimed the epoch.
  bool fall_asleep() noexcept;

  /// After the epoch was claimed: takes the published wait back, and answers how it ended.
  Outcome conclude() noexcept;

  Context& context;
  const Subject& subject;
  const Limits& limits;
  std::uint64_t epoch = 0;
  bool published = false;
};

/// Ends the wait of `waiter` if nobody has yet. True for the one who did; `must_wake` then says
/// whether wake() has to follow, once no bucket is locked.
bool claim(Waiter waiter, Outcome outcome, bool& must_wake) noexcept;

/// The same for the epoch of now: for those who hold a linked node of the context, which is
/// unlinked before the next epoch begins.
bool claim_current(Context& context, Outcome outcome, bool& must_wake) noexcept;

/// Whether a context spins in an epoch, of which the low half must do; and claim() with
/// Outcome::ready for one that does.
bool is_spinning(const Context& context, std::uint32_t epoch) noexcept;
bool claim_spinner(Context& context, std::uint32_t epoch) noexcept;

/// Makes a context run whose asleep epoch was claimed. The context may have gone on by itself.
void wake(Context& context) noexcept;

/// claim() and wake() in one, for timers, stop callbacks and outside sources.
bool claim_and_wake(Waiter waiter, Outcome outcome) noexcept;

/// Runs the context's hooks round everything that a blocking call does, spinning included.
class Blocking {
 public:
  explicit Blocking(const Context& context) noexcept : hooks_(context.hooks) {
    if (hooks_ != nullptr && hooks_->begin_block != nullptr) hooks_->begin_block(hooks_->data);
  }
  ~Blocking() {
    if (hooks_ != nullptr && hooks_->end_block != nullptr) hooks_->end_block(hooks_->data);
  }
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;

 private:
  const Hooks* hooks_;
};

/// Throws DeadlockError, OwnerVanished or InterruptedError: why the wait of the calling context was
/// interrupted.
[[noreturn]] void throw_interrupted(const Subject& subject);

/// Contexts to wake after a bucket was unlocked.
class WakeList {
 public:
  static constexpr unsigned kSize = 16;
  bool full() const noexcept { return count_ == kSize; }
  void add(Context& context) noexcept { list_[count_++] = &context; }
  void wake_all() noexcept {
    for (unsigned i = 0; i < count_; ++i) wake(*list_[i]);
    count_ = 0;
  }

 private:
  Context* list_[kSize];
  unsigned count_ = 0;
};

}  // namespace detail
TWILL_END
