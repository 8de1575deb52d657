#include "park/graph.hpp"

#include <algorithm>
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

/// Whom the context waits for, if it waits for somebody certain to be needed.
Path edges_of(std::uint32_t id) {
  Path edges;
  with_node(id, [&](const Node& node) {
    const Subject& subject = node.wait->subject;
    if (subject.kind->owners == nullptr || !node.wait->limits.unbounded()) return;
    Collector collector({id, 0, node.wait->epoch, node.key, nullptr, false}, edges);
    subject.kind->owners(subject.object, collector);
  });
  return edges;
}

/// Extends `path`, whose last edge ends at `at`, until it comes back to `home`.
bool find_cycle(std::uint32_t home, std::uint32_t at, Path& path,
                std::vector<std::uint32_t>& visited) {
  if (std::find(visited.begin(), visited.end(), at) != visited.end()) return false;
  visited.push_back(at);
  for (const Edge& edge : edges_of(at)) {
    path.push_back(edge);
    if (edge.owner == home || find_cycle(home, edge.owner, path, visited)) return true;
    path.pop_back();
  }
  return false;
}

bool still_there(const Edge& edge) {
  const Path now = edges_of(edge.waiter);
  return std::find(now.begin(), now.end(), edge) != now.end();
}

std::vector<Link> describe(const Path& cycle) {
  std::vector<Link> links;
  for (const Edge& edge : cycle) {
    Link link{.waiter = name_of(edge.waiter),
              .owner = name_of(edge.owner),
              .acquired_at = edge.acquired_at};
    with_node(edge.waiter, [&](const Node& node) {
      link.object = node.wait->subject.describe();
      link.waits_at = node.wait->subject.site;
    });
    links.push_back(std::move(link));
  }
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
    if (!done) context.verdict.store(nullptr, relaxed);
  });
  if (must_wake) wake(context);
  if (!done) delete owned;
  return done;
}

/// One cycle at a time: of several threads that find the same, the second sees that it was broken.
WordLock election;

void on_cycle(std::uint32_t self, const Path& cycle) {
  if (between_passes != nullptr) between_passes();
  const WordLock::Guard guard(election);
  if (!std::all_of(cycle.begin(), cycle.end(), still_there)) return;
  const bool certain =
      std::all_of(cycle.begin(), cycle.end(), [](const Edge& e) { return e.owned; });
  const std::string text = cycle_text(describe(cycle), certain);
  if (!certain || policy.load(relaxed) == DeadlockPolicy::report) return report_once(text);
  if (sentence(self, {text})) return;
  for (const Edge& edge : cycle)
    if (sentence(edge.waiter, {text})) return;
  report_once(text);
}

/// A lock whose owner is gone is never released.
bool owner_is_gone(std::uint32_t self) {
  for (const Edge& edge : edges_of(self)) {
    if (!edge.owned || is_alive(edge.owner) || !still_there(edge)) continue;
    const std::vector<Link> links = describe({edge});
    if (sentence(self, {vanished_text(links.front()), true})) return true;
  }
  return false;
}

}  // namespace

void (*between_passes)() noexcept = nullptr;

void find_deadlock(const Wait& wait, const void*) noexcept try {
  if (policy.load(relaxed) == DeadlockPolicy::off) return;
  const std::uint32_t self = wait.context.id.load(relaxed);
  Path path;
  std::vector<std::uint32_t> visited;
  if (owner_is_gone(self)) return;
  if (find_cycle(self, self, path, visited)) on_cycle(self, path);
} catch (...) {
  // No memory for the walk: the wait goes on unobserved.
}

bool find_standstill() noexcept try {
  if (policy.load(relaxed) == DeadlockPolicy::off) return true;
  unsigned threads = 0;
  bool everybody = true;
  std::uint32_t main_thread = 0;
  std::vector<Link> links;
  for_each_context([&](Context& context) {
    if (context.kind != &thread_kind) return;
    ++threads;
    const std::uint32_t id = context.id.load(relaxed);
    if (context.immortal) main_thread = id;
    if (phase_of(context.state.load(acquire)) != Phase::asleep ||
        !context.waits_certainly.load(relaxed))
      everybody = false;
    if (everybody && !context.internal) {
      Link link{.waiter = name_of(id)};
      with_node(id, [&](const Node& node) {
        link.object = node.wait->subject.describe();
        link.waits_at = node.wait->subject.site;
      });
      links.push_back(std::move(link));
    }
  });
  if (!everybody || threads != kernel_tasks()) return false;
  if (catches_signals()) return true;  // a handler may end a wait
  const std::string text = standstill_text(links);
  const WordLock::Guard guard(election);
  if (policy.load(relaxed) == DeadlockPolicy::raise && main_thread != 0 &&
      sentence(main_thread, {text}))
    return true;
  report_once(text);
  return true;
} catch (...) {
  return true;
}

}  // namespace detail

DeadlockPolicy set_deadlock_policy(DeadlockPolicy wanted) noexcept {
  return detail::policy.exchange(wanted);
}
DeadlockPolicy deadlock_policy() noexcept { return detail::policy.load(); }

TWILL_END
