#include "park/graph.hpp"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include <twill/park/deadlock.hpp>

#include "park/node.hpp"
#include "park/report.hpp"
#include "platform/thread_id.hpp"

TWILL_BEGIN
namespace detail {
namespace {

atomic<DeadlockPolicy> policy{DeadlockPolicy::raise};

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

using Path = std::vector<Edge>;

struct Collector : Owners {
  explicit Collector(Edge from, Path& out) noexcept : Owners{add_edge}, edge(from), edges(out) {}

  static void add_edge(Owners& self, std::uint32_t owner, const void* acquired_at, bool owned) {
    auto& collector = static_cast<Collector&>(self);
    collector.edge.owner = owner;
    collector.edge.acquired_at = acquired_at;
    collector.edge.owned = owned;
    collector.edges.push_back(collector.edge);
  }

  Edge edge;
  Path& edges;
};

/// Calls `visit` with the node of the context's published wait, under its bucket's lock: while the
/// node is linked, the object waited for and the frame of the waiter are there.
template <class Visit>
void with_node(std::uint32_t id, Visit&& visit) {
  Context* context = context_of(id);
  if (context == nullptr || context->id.load(relaxed) != id) return;
  const void* key = context->waits_for.load(seq_cst);
  if (key == nullptr) return;
  const std::uint64_t epoch = context->waits_epoch.load(relaxed);
  Bucket& bucket = bucket_of(key);
  const WordLock::Guard guard(bucket.lock);
  const std::uint64_t state = context->state.load(acquire);
  if (epoch_of(state) != epoch ||
      (phase_of(state) != Phase::waiting && phase_of(state) != Phase::asleep))
    return;
  for (const Node* node = first_waiter(bucket, key); node != nullptr; node = node->next)
    if (node->wait->context.id.load(relaxed) == id && node->wait->epoch == epoch)
      return visit(*node);
}

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
Path edges_of(std::uint32_t id, const Scope& scope) {
  Path edges;
  with_node(id, [&](const Node& node) {
    if (!scope.covers(*node.wait)) return;
    const Subject& subject = node.wait->subject;
    Collector collector({id, 0, node.wait->epoch, node.key, nullptr, false}, edges);
    subject.kind->owners(subject.object, collector);
    if (subject.kind->guess != nullptr)
      std::erase_if(edges, [](const Edge& edge) { return edge.owner == edge.waiter; });
  });
  return edges;
}

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

/// A wait in words, and whom it is for, if that is known.
Link describe(std::uint32_t waiter, const Edge* edge) {
  Link link{.waiter = name_of(waiter)};
  with_node(waiter, [&](const Node& node) {
    link.object = node.wait->subject.describe();
    link.waits_at = node.wait->subject.site;
    link.guess = node.wait->subject.kind->guess;
  });
  if (edge != nullptr) {
    link.owner = name_of(edge->owner);
    link.acquired_at = edge->acquired_at;
  }
  return link;
}

std::vector<Link> describe(const Path& cycle) {
  std::vector<Link> links;
  for (const Edge& edge : cycle) links.push_back(describe(edge.waiter, &edge));
  return links;
}

/// Ends the wait of one context with a verdict, unless that wait cannot throw or has just ended.
bool sentence(std::uint32_t id, Verdict verdict) {
  const auto* owned = new Verdict(std::move(verdict));
  bool done = false;
  bool must_wake = false;
  Context& context = *context_of(id);
  with_node(id, [&](const Node& node) {
    if (node.wait->subject.exempt) return;
    context.verdict.store(owned, release);
    done = claim(node.wait->waiter(), Outcome::interrupted, must_wake);
    // A signal that ended the wait just before us may have made the victim take the verdict
    // already.
    if (!done) done = context.verdict.exchange(nullptr, acq_rel) != owned;
  });
  if (must_wake) wake(context);
  if (!done) delete owned;
  return done;
}

/// One cycle at a time: of several threads that find the same, the second sees that it was broken.
WordLock election;

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

/// A thread that sleeps with neither timeout nor stop.
struct Sleeper {
  Context* context;
  std::uint64_t state;
};

/// All threads that twill knows, if every one of them sleeps for ever; else nothing.
std::vector<Sleeper> everybody_asleep() {
  std::vector<Sleeper> sleepers;
  bool everybody = true;
  for_each_context([&](Context& context) {
    if (context.kind.load(relaxed) != &thread_kind) return;
    const std::uint64_t state = context.state.load(acquire);
    if (phase_of(state) != Phase::asleep || !context.waits_certainly.load(relaxed))
      everybody = false;
    if (everybody) sleepers.push_back({&context, state});
  });
  if (!everybody) sleepers.clear();
  return sleepers;
}

/// No epoch was claimed since the first pass: there was a moment in between at which all slept.
bool still_asleep(const std::vector<Sleeper>& sleepers) {
  return std::all_of(sleepers.begin(), sleepers.end(),
                     [](const Sleeper& s) { return s.context->state.load(acquire) == s.state; });
}

std::vector<Link> describe(const std::vector<Sleeper>& sleepers) {
  std::vector<Link> links;
  for (const Sleeper& sleeper : sleepers) {
    if (sleeper.context->internal) continue;
    const std::uint32_t id = sleeper.context->id.load(relaxed);
    const Path edges = edges_of(id, {});
    links.push_back(describe(id, edges.size() == 1 ? &edges.front() : nullptr));
  }
  return links;
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

/// The obvious single pass would be wrong: A (already looked at) sleeps; B, not yet looked at,
/// wakes up from a sleep with a timeout, wakes A, and goes to sleep for ever, where the pass finds
/// it.
bool find_standstill() noexcept try {
  if (policy.load(relaxed) == DeadlockPolicy::off) return true;
  const std::vector<Sleeper> sleepers = everybody_asleep();
  if (sleepers.empty()) return false;
  const bool all_known = sleepers.size() == kernel_tasks();
  const bool signals = catches_signals();  // a handler may end a wait
  if (!all_known || signals || !still_asleep(sleepers)) return false;
  const std::string text = standstill_text(describe(sleepers));
  const WordLock::Guard guard(election);
  if (!still_asleep(sleepers)) return true;
  const auto main_thread = std::find_if(sleepers.begin(), sleepers.end(),
                                        [](const Sleeper& s) { return s.context->immortal; });
  if (policy.load(relaxed) == DeadlockPolicy::raise && main_thread != sleepers.end() &&
      sentence(main_thread->context->id.load(relaxed), {text}))
    return true;
  report_once(text);
  return true;
} catch (...) {
  return true;
}

void graph_after_fork() noexcept { election.reset(); }

}  // namespace detail

DeadlockPolicy set_deadlock_policy(DeadlockPolicy wanted) noexcept {
  return detail::policy.exchange(wanted);
}
DeadlockPolicy deadlock_policy() noexcept { return detail::policy.load(); }

TWILL_END
