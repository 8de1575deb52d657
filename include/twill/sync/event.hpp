#pragma once

#include <cstdint>
#include <source_location>
#include <stop_token>
#include <string>

#include <twill/park/watching.hpp>

TWILL_BEGIN

struct EventOptions {
  std::string name = {};
};

/// A flag that threads wait for (Python's threading.Event). set() lets everybody through who waits
/// now or comes later, until clear(). Waiting does not consume the flag.
///
/// What happened before set() happens before what follows a wait() that it ended. Any thread may
/// call anything. No waiter is overtaken: one set() wakes them all. It must not be destroyed while
/// a thread waits for it that nobody has let go on. 16 bytes.
class TWILL_API Event {
 public:
  explicit Event(std::source_location made = std::source_location::current()) noexcept
      : word_(detail::born()), label_(made) {}
  explicit Event(EventOptions options, std::source_location made = std::source_location::current())
      : word_(detail::born()), label_("Event", std::move(options.name), made) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// What happened before the set() that it sees happens before what follows. Never blocks.
  TWILL_INLINE bool is_set() const noexcept {
    tell_if_watched(TWILL_LOOK, detail::here());
    return (word_.load(detail::acquire) & kSet) != 0;
  }

  /// Sets the flag and wakes all current waiters, which get true even if clear() follows at once.
  /// Never blocks. The event may be destroyed by whoever sees the flag.
  void set() noexcept {
    std::uint64_t word = word_.load(detail::relaxed);
    while ((word & (kWaiters | kWatched)) == 0)
      if (word_.compare_exchange_weak(word, set_by(detail::self_id), detail::acq_rel,
                                      detail::relaxed))
        return;
    set_slow();
  }

  /// Later waits block again. What was done before it happens before the next set(). Never blocks.
  TWILL_INLINE void clear() noexcept {
    tell_if_watched(TWILL_CHANGE, detail::here());
    word_.fetch_and(~kSet, detail::release);
  }

  /// Blocks until the flag is set. Always true. Throws DeadlockError (if the whole process stands
  /// still), InterruptedError.
  TWILL_INLINE bool wait() { return is_up() || wait_at(detail::here(), {}); }
  /// True if the flag was set in time.
  TWILL_INLINE bool wait(Timeout timeout) { return is_up() || wait_at(detail::here(), {timeout}); }
  /// Throws CancelledError if stop was requested first.
  TWILL_INLINE bool wait(const std::stop_token& stop) {
    return is_up() || wait_at(detail::here(), {Deadline::never(), &stop});
  }
  /// True if the flag was set before the time was over and before stop was requested.
  bool try_wait(Timeout timeout = std::chrono::seconds(0), const std::stop_token& stop = {});

  /// The name it was given, or "Event#3".
  std::string name() const { return label_.name("Event"); }

 private:
  /// word_: bit 0 set, bit 1 somebody may wait (set by waiters, taken away by set()), bit 33
  /// watched, bits 34-63 the context that set it last, for suspicions.
  static constexpr std::uint64_t kSet = 1;
  static constexpr std::uint64_t kWaiters = 2;
  static constexpr std::uint64_t kWatched = detail::kWatchedBit;
  static constexpr unsigned kSetterShift = 34;

  static std::uint64_t set_by(std::uint64_t context) noexcept {
    return kSet | context << kSetterShift;
  }

  static const detail::Kind kKind;
  static void last_setter(const void* event, detail::Owners& out);

  /// Set, and nobody wants to be told.
  bool is_up() const noexcept { return (word_.load(detail::acquire) & (kSet | kWatched)) == kSet; }

  TWILL_INLINE void tell_if_watched(twill_operation operation, const void* site) const noexcept {
    if (word_.load(detail::relaxed) & kWatched) [[unlikely]]
      tell(operation, site);
  }
  void tell(twill_operation operation, const void* site) const noexcept;
  void set_slow() noexcept;
  bool wait_at(const void* site, const detail::Limits& limits);

  detail::atomic<std::uint64_t> word_;
  detail::Label label_;
};

TWILL_END
