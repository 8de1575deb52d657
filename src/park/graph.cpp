#include "park/graph.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "park/edges.hpp"

TWILL_BEGIN
namespace detail {
namespace {

/// A search along the waits that `scope` covers, for the way back to where it began.
struct Walk {
  std::uint32_t home;
  Scope scope;
  Path path = {};  ///< if found, the cycle
  std::vector<std::uint32_t> visited = {};

  bool find_home(std::uint32_t from) {
    if (std::find(visited.begin(), visited.end(), from) != visited.end()) return false;
    visited.push_back(from);
    for (const Edge& edge : edges_of(from, scope)) {
      path.push_back(edge);
      if (edge.owner == home || find_home(edge.owner)) return true;
      path.pop_back();
    }
    return false;
  }
};

bool still_there(const Edge& edge) {
  const Path now = edges_of(edge.waiter, {.guesses = true});
  return std::find(now.begin(), now.end(), edge) != now.end();
}

std::vector<Link> describe(const Path& cycle) {
  std::vector<Link> links;
  for (const Edge& edge : cycle) links.push_back(describe(edge.waiter, &edge));
  return links;
}

/// False if the cycle is gone already.
bool on_cycle(std::uint32_t self, const Path& cycle) {
  if (between_passes != nullptr) between_passes();
  const WordLock::Guard guard(election);
  if (!std::all_of(cycle.begin(), cycle.end(), still_there)) return false;
  const bool certain =
      std::all_of(cycle.begin(), cycle.end(), [](const Edge& e) { return e.owned; });
  const std::string text = cycle_text(describe(cycle), certain);
  if (!certain || policy.load(relaxed) == DeadlockPolicy::report) {
    report_once(text);
    return true;
  }
  if (sentence(self, {text})) return true;
  for (const Edge& edge : cycle)
    if (sentence(edge.waiter, {text})) return true;
  report_once(text);
  return true;
}

std::atomic<std::uint32_t> waits_for_owners{0};  // of no algorithm that the model explores

/// A lock whose owner is gone is never released.
bool owner_is_gone(std::uint32_t waiter) {
  for (const Edge& edge : edges_of(waiter, {})) {
    if (!edge.owned || is_alive(edge.owner) || !still_there(edge)) continue;
    const std::string text = vanished_text(describe(edge.waiter, &edge));
    if (!sentence(waiter, {text, true})) report_once(text);
    return true;
  }
  return false;
}

}  // namespace

void (*between_passes)() noexcept = nullptr;

void find_deadlock(const Wait& wait, const void*) noexcept try {
  if (policy.load(relaxed) == DeadlockPolicy::off) return;
  const std::uint32_t self = wait.context.id.load(relaxed);
  if (owner_is_gone(self)) return;
  // Of several owners, one may lead to a cycle that is broken meanwhile, and another to one that is
  // not: two readers of an RWLock that both want to write wait for each other, and each for itself.
  for (bool again = true; again;) {
    Walk walk{self, {}};
    again = walk.find_home(self) && !on_cycle(self, walk.path);
  }
} catch (...) {
  // No memory for the walk: the wait goes on unobserved.
}

WaitForOwner::WaitForOwner(const Subject& subject) noexcept : counts_(subject.kind->has_owners()) {
  if (counts_) waits_for_owners.fetch_add(1, std::memory_order_seq_cst);
}

WaitForOwner::~WaitForOwner() {
  if (counts_) waits_for_owners.fetch_sub(1, std::memory_order_relaxed);
}

/// The context is no longer alive. Of this and a wait that begins now, one sees the other:
///
///     wait: counts itself, is published, looks whether the owner is alive
///     end:  not alive, looks at the count (a read-modify-write: after the line before), at the
///     waits
void owner_ended(std::uint32_t id) noexcept try {
  if (waits_for_owners.fetch_add(0, std::memory_order_seq_cst) == 0) return;
  if (policy.load(relaxed) == DeadlockPolicy::off) return;
  for_each_context([&](Context& context) {
    if (context.waits_for.load(seq_cst) == nullptr) return;
    const std::uint32_t waiter = context.id.load(relaxed);
    const Path edges = edges_of(waiter, {});
    if (std::any_of(edges.begin(), edges.end(), [&](const Edge& e) { return e.owner == id; }))
      owner_is_gone(waiter);
  });
} catch (...) {
  // No memory to look: whoever waits goes on waiting.
}

void find_suspects(const Wait& wait) noexcept try {
  if (policy.load(relaxed) == DeadlockPolicy::off) return;
  const std::uint32_t self = wait.context.id.load(relaxed);
  Walk walk{self, {.guesses = true, .begun_by = wait.context.waits_since.load(relaxed)}};
  if (walk.find_home(self)) on_cycle(self, walk.path);
} catch (...) {
  // As above.
}

void graph_after_fork() noexcept { election.reset(); }

}  // namespace detail
TWILL_END
