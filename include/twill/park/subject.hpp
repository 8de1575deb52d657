#pragma once

#include <cstdint>
#include <stop_token>

#include <twill/park/deadline.hpp>
#include <twill/park/label.hpp>

TWILL_BEGIN
namespace detail {

/// Collects who must act before a waiter of an object can go on.
struct Owners {
  /// `owned`: the holder locked it and nobody else may unlock it. False for acquire(), which any
  /// thread may release, so that a cycle through it is only suspected.
  void (*add)(Owners& self, std::uint32_t context, const void* acquired_at, bool owned);
};

/// What a kind of object is called and, if it has owners, how to find them. `owners` runs with the
/// bucket of the object locked, while somebody waits on it.
///
/// What has no owner may know who did last what its waiters wait for, and will probably be needed
/// again: a guess, made only once a wait lasts, and good for a suspicion only.
struct Kind {
  const char* name;
  void (*owners)(const void* object, Owners& out) = nullptr;
  const char* guess = nullptr;  ///< for guessed owners: what they did, "set it last"
  /// Whether `context` could do at once what it is about to do, and would not wait. Null where the
  /// answer is always yes, or not known.
  bool (*ready)(const void* object, std::uint32_t context) = nullptr;
  bool shared = false;  ///< any number may have it at once, and do not notice one another

  bool has_owners() const noexcept { return owners != nullptr && guess == nullptr; }
};

/// What a wait is about: for reports, the wait-for walk and observers.
struct Subject {
  const void* object;
  const Kind* kind;
  const Label* label;
  const void* site;  ///< the instruction that waits
  /// A wait that cannot throw (a condition's relock, a destructor's): never a deadlock's victim,
  /// and no signal ends it.
  bool exempt = false;

  std::string describe() const {
    return label != nullptr ? label->describe(kind->name) : kind->name;
  }
};

/// What bounds a wait besides the event it waits for.
struct Limits {
  Deadline deadline = Deadline::never();
  const std::stop_token* stop = nullptr;

  bool unbounded() const noexcept {
    return deadline.is_never() && (stop == nullptr || !stop->stop_possible());
  }
};

/// How a wait ended: exactly one of the four wins.
enum class Outcome : std::uint8_t { ready, timeout, stopped, interrupted };

/// Throws what stands for an outcome that is an error whatever the call: CancelledError for
/// stopped, DeadlockError or InterruptedError for interrupted. Returns true for ready, false for
/// timeout.
TWILL_API bool succeeded(Outcome outcome, const Subject& subject);

}  // namespace detail
TWILL_END
