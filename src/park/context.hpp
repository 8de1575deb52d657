#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <twill/park/self.hpp>
#include <twill/park/subject.hpp>
#include <twill/platform/atomic.hpp>

#include "park/word_lock.hpp"

TWILL_BEGIN
namespace detail {

struct Context;
struct Seat;
struct Verdict;
struct Wait;

/// The phases of one epoch, the low three bits of Context::state.
///
/// | phase | meaning | set by |
/// |---|---|---|
/// | idle | no wait | the context itself |
/// | waiting | armed; awake, spinning or about to sleep; may be claimed | the context itself |
/// | asleep | armed; whoever claims must wake it as well | the context itself |
/// | ready, timeout, stopped, interrupted | claimed, with this outcome | whoever wins the compare-and-swap |
enum class Phase : std::uint64_t { idle, waiting, asleep, ready, timeout, stopped, interrupted };

constexpr Phase phase_of(std::uint64_t state) noexcept { return static_cast<Phase>(state & 7); }
constexpr std::uint64_t epoch_of(std::uint64_t state) noexcept { return state >> 3; }
constexpr std::uint64_t make_state(std::uint64_t epoch, Phase phase) noexcept {
  return epoch << 3 | static_cast<std::uint64_t>(phase);
}
constexpr Phase claimed(Outcome o) noexcept {
  return static_cast<Phase>(static_cast<std::uint64_t>(o) +
                            static_cast<std::uint64_t>(Phase::ready));
}

/// What kind of context it is: how it is made to wait and how it is woken. A thread sleeps on its
/// futex; a coroutine is handed back to its scheduler; an explorer's fiber yields to the engine.
struct ContextKind {
  /// Gives the processor away until the epoch of `wait` is claimed. Null where waits are split
  /// (coroutines).
  void (*block)(Context& self, Wait& wait) noexcept;
  /// Makes a context run again whose epoch was claimed while asleep. Any thread, no lock held.
  void (*wake)(Context& target) noexcept;
  /// Has `entry(argument)` run as `child`, a context of this kind, which end_context() is called
  /// for in the end. Answers 0 or an errno. Null where such a context starts threads of the kernel.
  int (*start)(Context& child, void* (*entry)(void*), void* argument) noexcept = nullptr;
};

/// What a context's owner wants to know of its waits. begin_block runs before spinning, end_block
/// before results are touched, both with no bucket locked. on_interrupt runs when a signal
/// interrupted the wait: true ends it with Outcome::interrupted.
struct Hooks {
  void (*begin_block)(void* data) noexcept;
  void (*end_block)(void* data) noexcept;
  bool (*on_interrupt)(void* data) noexcept;
  void* data;
};

enum class Standing : std::uint8_t {
  free,
  alive,
  vanished,  ///< lost in a fork
  ended,  ///< ended while it held something shared; kept, so that a writer finds out why it waits
};

/// Why a wait cannot end by itself.
struct Verdict {
  std::string text;
  bool owner_vanished = false;  ///< else a deadlock
};

/// Locks that a context holds shared, so that a writer's wait can be followed to its readers.
struct SharedHold {
  atomic<const void*> object;
  atomic<const void*> site;
  atomic<bool> biased;  ///< noted here only, not counted in the lock
};

/// One thread of control. Contexts live for ever and are used again under a new generation, so that
/// a late waker with a stale (context, epoch) touches nothing but a word that knows better.
struct alignas(64) Context {
  atomic<std::uint64_t> state{0};            ///< epoch << 3 | phase; epochs are never used twice
  atomic<const ContextKind*> kind{nullptr};  ///< read by late wakers as well
  const Hooks* hooks{nullptr};
  Seat* seat{nullptr};  ///< from which it works for a pool
  atomic<std::uint32_t> id{0};
  atomic<std::uint32_t> waker_cpu{0};  ///< processor of the last claim
  atomic<Standing> standing{Standing::free};
  bool internal{false};           ///< one of twill's own threads
  atomic<bool> bystander{false};  ///< whose timeout ends nobody else's wait
  bool inside_operation{false};   ///< of which observers were told already
  bool immortal{false};           ///< the main thread's

  // The slot: what this context waits for, since when, where. Published before a sleep, for the
  // wait-for walk and for whoever inspects the process.
  atomic<const void*> waits_for{nullptr};  ///< the key, or null
  atomic<std::uint64_t> waits_epoch{0};
  atomic<std::int64_t> waits_until{0};      ///< deadline in nanoseconds of the clock
  atomic<std::uint64_t> waits_since{0};     ///< in ticks
  atomic<std::uint64_t> fell_asleep_as{0};  ///< number of this sleep among all of the process
  atomic<bool> waits_certainly{
      false};  ///< neither timeout nor stop: only another context can end it
  atomic<const Verdict*> verdict{nullptr};  ///< why another context ended the wait

  static constexpr std::size_t kSharedHolds = 6;
  SharedHold shared[kSharedHolds]{};

  Context* next_free{nullptr};
  void (*on_exit)(void* data) noexcept {nullptr};  ///< runs at the very end of the thread
  void* on_exit_data{nullptr};
  atomic<std::int64_t> native_id{0};  ///< the kernel's id, 0 until the thread runs

  static constexpr std::size_t kNameSize = 48;
  WordLock name_lock;
  char name[kNameSize]{};
};

/// The context of an id, also of one that has ended (compare ids); null for 0.
Context* context_of(std::uint32_t id) noexcept;

/// The calling context.
Context& enrolled_context() noexcept;
inline constinit thread_local Context* last_self_context = nullptr;
inline Context& self_context() noexcept {
  Context* last = last_self_context;
  const bool same = last != nullptr && last->id.load(relaxed) == self_id && self_id != 0;
  return same ? *last : enrolled_context();
}

/// Makes `context`, prepared by another thread and counted by census::arrived(), the calling
/// thread's own. Not for the main thread.
void adopt(Context& context) noexcept;

/// A fresh context of a kind (for a coroutine or a fiber), and its return.
Context& make_context(const ContextKind& kind) noexcept;
void free_context(Context& context) noexcept;

/// The last that a context does, as the calling one: its on_exit runs, and it is free.
void end_context(Context& context) noexcept;

/// True if `id` names a context that is alive now.
bool is_alive(std::uint32_t id) noexcept;

/// True if `id` names a context that a fork left behind in the parent.
bool has_vanished(std::uint32_t id) noexcept;

void set_name(Context& context, const char* name) noexcept;
void copy_name(Context& context, char (&out)[Context::kNameSize]) noexcept;

std::uint32_t context_count() noexcept;
Context* context_at(std::uint32_t index) noexcept;

/// Calls `visit` for every context that is alive; contexts may come and go meanwhile.
template <class Visit>
void for_each_context(Visit&& visit) {
  for (std::uint32_t i = 1; i < context_count(); ++i)
    if (Context* context = context_at(i); context->standing.load(acquire) == Standing::alive)
      visit(*context);
}

extern const ContextKind thread_kind;

/// In the child of a fork: everybody but the caller has vanished.
void contexts_after_fork() noexcept;

}  // namespace detail
TWILL_END
