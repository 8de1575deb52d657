#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <stop_token>
#include <string>

#include <twill/park/contend.hpp>
#include <twill/park/deadline.hpp>
#include <twill/park/label.hpp>
#include <twill/park/watching.hpp>
#include <twill/platform/error.hpp>
#include <twill/platform/here.hpp>
#include <twill/queue/patience.hpp>
#include <twill/queue/queue_options.hpp>

TWILL_BEGIN
namespace detail {

/// How an attempt or a wait at a queue ended. `no_memory` only of a put.
enum class Ending : std::uint8_t { done, late, stopped, shut, no_memory };

template <class Queue, class T>
class QueueFace;

class QueueBase;

/// What a kind of queue is called, in waits for an item, for room, and for the end of all work.
/// Who waits for an item probably needs the one who put the last, and who waits for room the one
/// who got the last.
struct QueueKind {
  constexpr explicit QueueKind(const char* name)
      : getting{name, last_putter, "put into it last", has_item},
        putting{name, last_getter, "took from it last", has_room},
        joining{name, nullptr, nullptr, has_nothing_to_do} {}

  Kind getting, putting, joining;

 private:
  TWILL_API static void last_putter(const void* queue, Owners& out);
  TWILL_API static void last_getter(const void* queue, Owners& out);
  TWILL_API static bool has_item(const void* queue, std::uint32_t);
  TWILL_API static bool has_room(const void* queue, std::uint32_t);
  TWILL_API static bool has_nothing_to_do(const void* queue, std::uint32_t);
};

/// What all queues share and what does not depend on the items: name, counts, errors, and the
/// accounting of unfinished items for join().
class TWILL_API QueueBase {
 public:
  QueueBase(const QueueBase&) = delete;
  QueueBase& operator=(const QueueBase&) = delete;

  /// The name it was given, or "Queue#3".
  std::string name() const { return label_.name(kind_.joining.name); }

  /// As given to the constructor.
  std::int64_t maxsize() const noexcept { return maxsize_; }

  /// Tells that an item taken by get() has been dealt with. What was done before happens before the
  /// join() that it lets go on. More calls than items put: ValueError, and nothing changes. Never
  /// blocks.
  TWILL_INLINE void task_done() { task_done_at(here()); }

  /// Blocks until every item that was put has been marked by task_done(), or was discarded by a
  /// shutdown; returns at once if there is none. Any number of threads may join, and join again.
  /// Throws DeadlockError if the whole process stands still, InterruptedError.
  TWILL_INLINE void join() { join_within({}, here()); }
  /// False if the time came first.
  TWILL_INLINE bool join(Timeout timeout) { return join_within({timeout, nullptr}, here()); }
  /// Throws CancelledError if stop was requested first.
  TWILL_INLINE void join(const std::stop_token& stop) {
    join_within({Deadline::never(), &stop}, here());
  }
  /// Whether nothing was left to do before the time was over and before stop was requested.
  TWILL_INLINE bool try_join(Timeout timeout = std::chrono::seconds(0),
                             const std::stop_token& stop = {}) {
    return try_join_within({timeout, &stop}, here());
  }

  /// How many items were put and are not marked by task_done() yet; old news when it is looked at.
  std::uint64_t unfinished_tasks() const noexcept {
    look();
    return unfinished();
  }

 protected:
  QueueBase(const QueueKind& kind, QueueOptions options, std::source_location made);
  ~QueueBase() = default;

  static constexpr std::uint64_t kUnbounded = ~std::uint64_t{0};
  std::uint64_t bound() const noexcept {
    return maxsize_ > 0 ? static_cast<std::uint64_t>(maxsize_) : kUnbounded;
  }

  // The keys under which getters and putters wait.
  const void* items_key() const noexcept { return &puts_; }
  const void* slots_key() const noexcept { return &gets_; }

  Subject subject(const void* site) const noexcept { return {this, &kind_.joining, &label_, site}; }

  TWILL_INLINE void observe_if_watched(twill_operation operation, const void* site,
                                       Patience patience = {}) const noexcept {
    if (watched_) [[unlikely]]
      tell(operation, site, patience.limits());
  }
  /// Somebody asks without getting anything.
  TWILL_INLINE void look() const noexcept { observe_if_watched(TWILL_LOOK, here()); }

  /// A short spin before a wait. Answers as soon as the other end has stood still for a moment
  /// after it did something, or has done a good deal: two ends that meet at every single item would
  /// pass cache lines to and fro all the time.
  void gather_items() const noexcept;
  void gather_slots() const noexcept;

  /// contend(), with what it throws.
  Ending await(const void* key, const Claim& claim, const Limits& limits, const void* site) const;

  /// Counts `n` items as done that nobody will get.
  void discard(std::uint64_t n) noexcept;

  [[noreturn]] void throw_put(Ending ending, const void* site) const;
  [[noreturn]] void throw_get(Ending ending, const void* site) const;

  /// All items ever put, and all that have left. Each is written at one end of the queue only; the
  /// other end looks when it has to.
  alignas(64) atomic<std::uint64_t> puts_{0};
  atomic<std::uint32_t> last_putter_{0};  ///< a context, for suspicions
  /// Room for the items of a very small queue: they come along when the other end looks at puts_.
  static constexpr std::size_t kNear = 48;
  alignas(8) std::byte near_[kNear];
  alignas(64) atomic<std::uint64_t> gets_{0};
  atomic<std::uint32_t> last_getter_{0};
  atomic<bool> shut_{false};

 private:
  template <class Progress>
  void gather(const void* key, std::uint64_t enough, Progress&& progress) const noexcept;

  template <class Queue, class T>
  friend class QueueFace;
  friend struct QueueKind;

  void task_done_at(const void* site);
  bool join_within(const Limits& limits, const void* site) const;
  bool try_join_within(const Limits& limits, const void* site) const;
  Outcome await_zero(const Limits& limits, const void* site) const;
  void tell(twill_operation operation, const void* site, const Limits& limits) const noexcept;
  std::uint64_t unfinished() const noexcept;
  bool finish(std::uint64_t n) noexcept;

  /// done_: bits 1-63 the items marked by task_done() or discarded; bit 0: somebody waits in
  /// join().
  static constexpr std::uint64_t kJoining = 1;

  alignas(64) mutable atomic<std::uint64_t> done_{0};
  const QueueKind& kind_;
  const std::int64_t maxsize_;
  Label label_;
  const bool watched_;
};

}  // namespace detail
TWILL_END
