#include "park/edges.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "park/node.hpp"

TWILL_BEGIN
namespace detail {

atomic<DeadlockPolicy> policy{DeadlockPolicy::raise};
WordLock election;

namespace {

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

}  // namespace

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

}  // namespace detail

DeadlockPolicy set_deadlock_policy(DeadlockPolicy wanted) noexcept {
  return detail::policy.exchange(wanted);
}
DeadlockPolicy deadlock_policy() noexcept { return detail::policy.load(); }

TWILL_END
