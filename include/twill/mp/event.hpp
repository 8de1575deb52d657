#pragma once

#include <source_location>
#include <stop_token>
#include <string>

#include <twill/mp/handle.hpp>
#include <twill/mp/peer_died.hpp>
#include <twill/sync/event.hpp>

TWILL_BEGIN
namespace mp {

using twill::EventOptions;

/// A flag that processes share and can wait for (Python's multiprocessing.Event). Make it before
/// the fork (or pass it: start_method.hpp). What was done before set() happens before what follows
/// a wait() that it ends. Any thread may call anything; the handle itself is not to be copied or
/// moved.
class TWILL_API Event {
 public:
  explicit Event(std::source_location made = std::source_location::current()) : label_(made) {}
  explicit Event(EventOptions options, std::source_location made = std::source_location::current())
      : label_("Event", std::move(options.name), made) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// Never blocks.
  bool is_set() const noexcept;
  /// Sets the flag and wakes all current waiters, which get true even if clear() follows at once.
  /// Never blocks.
  void set() noexcept;
  /// Later waits block again. Never blocks.
  void clear() noexcept;

  /// Blocks until the flag is set. Always true. Throws PeerDied once no other process has the event
  /// any more, InterruptedError.
  TWILL_INLINE bool wait() { return wait_at(twill::detail::here(), {}); }
  /// True if the flag was set in time.
  TWILL_INLINE bool wait(Timeout timeout) { return wait_at(twill::detail::here(), {timeout}); }
  /// Throws CancelledError if stop was requested first.
  TWILL_INLINE bool wait(const std::stop_token& stop) {
    return wait_at(twill::detail::here(), {Deadline::never(), &stop});
  }
  /// True if the flag was set before the time was over and before stop was requested.
  bool try_wait(Timeout timeout = std::chrono::seconds(0), const std::stop_token& stop = {});

  /// The name it was given, or "Event#3".
  std::string name() const { return label_.name("Event"); }

 private:
  friend struct detail::Offering;
  explicit Event(detail::Arrival& from)
      : state_(from), label_("Event", from.name(), std::source_location::current()) {}
  void offer(detail::Offer& to) const {
    state_.offer(to);
    to.names.push_back(name());
  }

  bool wait_at(const void* site, const twill::detail::Limits& limits);

  detail::Handle state_;
  twill::detail::Label label_;
};

}  // namespace mp
TWILL_END
