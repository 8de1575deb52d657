#pragma once

#include <cstdint>
#include <vector>

#include <twill/park/deadlock.hpp>

#include "park/report.hpp"
#include "park/wait.hpp"
#include "park/word_lock.hpp"

TWILL_BEGIN
namespace detail {

/// `waiter` waits under `key` for something that `owner` holds.
struct Edge {
  std::uint32_t waiter;
  std::uint32_t owner;
  std::uint64_t epoch;
  const void* key;
  const void* acquired_at;
  bool owned;  ///< only the owner can release it

  friend bool operator==(const Edge&, const Edge&) = default;
};

/// Edges from one context to the next.
using Path = std::vector<Edge>;

/// Which waits count.
struct Scope {
  bool guesses = false;
  std::uint64_t begun_by = ~std::uint64_t{0};  ///< in ticks

  bool covers(const Wait& wait) const noexcept {
    return wait.subject.kind->owners != nullptr && wait.limits.unbounded() &&
           (guesses || wait.subject.kind->guess == nullptr) &&
           wait.context.waits_since.load(relaxed) <= begun_by;
  }
};

/// Whom the context waits for, if it waits for ever.
Path edges_of(std::uint32_t id, const Scope& scope);

/// A wait in words, and whom it is for, if that is known.
Link describe(std::uint32_t waiter, const Edge* edge);

/// Ends the wait of one context with a verdict, unless that wait cannot throw or has just ended.
bool sentence(std::uint32_t id, Verdict verdict);

/// What is to be done about what is found.
extern atomic<DeadlockPolicy> policy;

/// One report at a time: of several threads that find the same, the second sees that it is over.
extern WordLock election;

}  // namespace detail
TWILL_END
