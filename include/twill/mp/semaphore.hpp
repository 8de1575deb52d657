#pragma once

#include <cstdint>
#include <source_location>
#include <string>

#include <twill/mp/handle.hpp>
#include <twill/mp/peer_died.hpp>
#include <twill/sync/semaphore.hpp>

TWILL_BEGIN
namespace mp {

using twill::SemaphoreOptions;

/// A number of permits that processes share (Python's multiprocessing.Semaphore). Make it before
/// the fork (or pass it: start_method.hpp). No owner: any thread of any process may release, and a
/// permit that a killed process had stays away.
///
/// A permit released happens before the acquire that takes it. acquire() throws PeerDied once no
/// other process has the semaphore any more, or InterruptedError. Any thread may call anything; the
/// handle itself is not to be copied or moved.
class TWILL_API Semaphore : public twill::detail::Acquirable<Semaphore> {
 public:
  /// `value` permits to begin with; a negative number, or one above max(), throws ValueError.
  explicit Semaphore(std::int64_t value = 1, SemaphoreOptions options = {},
                     std::source_location made = std::source_location::current())
      : Semaphore("Semaphore", value, max(), std::move(options), made) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// The largest number of permits that a semaphore can hold.
  static constexpr std::int64_t max() noexcept { return 0x7fff'ffff; }

  /// Adds `n` permits and wakes up to `n` waiters. Never blocks. n < 1, and more than the semaphore
  /// may hold, throw ValueError and change nothing.
  void release(std::int64_t n = 1);
  /// The permits left; old news by the time the caller looks at the answer.
  std::int64_t get_value() const noexcept;
  std::int64_t value() const noexcept { return get_value(); }

  /// acquire(), an attempt at it, and release(), for scope guards.
  void lock() { acquire(); }
  bool try_lock() { return acquire(false); }
  void unlock() { release(); }

  /// The name it was given, or "Semaphore#3".
  std::string name() const { return label_.name(kind_); }

 protected:
  Semaphore(const char* kind, detail::Arrival& from)
      : kind_(kind),
        bound_(from.number(0, max())),
        state_(from),
        label_(kind, from.name(), std::source_location::current()) {}
  Semaphore(const char* kind, std::int64_t value, std::int64_t bound, SemaphoreOptions options,
            std::source_location made);

 private:
  friend struct detail::Offering;
  explicit Semaphore(detail::Arrival& from) : Semaphore("Semaphore", from) {}
  void offer(detail::Offer& to) const {
    to.numbers.push_back(bound_);
    state_.offer(to);
    to.names.push_back(name());
  }

  friend class twill::detail::Acquirable<Semaphore>;
  bool acquire_at(const void* site, const twill::detail::Limits& limits);

  const char* kind_;
  std::int64_t bound_;
  detail::Handle state_;
  twill::detail::Label label_;
};

}  // namespace mp
TWILL_END
