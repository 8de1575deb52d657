#include "task/graph_run.hpp"

#include <twill/platform/error.hpp>
#include <twill/sync/hold.hpp>

#include "task/graph_time.hpp"

TWILL_BEGIN
namespace detail {

namespace {

/// Whether the one that was done lets the other be.
bool allows(const GraphEdge& edge) noexcept {
  const GraphNode& from = *edge.from;
  if (edge.kind == GraphEdge::follows) return from.state != NodeState::failed;
  if (from.state != NodeState::done) return false;
  return edge.kind == GraphEdge::needs || from.held == (edge.kind == GraphEdge::if_true);
}

/// Tells a node what came of one that it follows; true for the last of those.
[[gnu::always_inline]] inline bool makes_ready(const GraphEdge& edge) noexcept {
  GraphNode& node = *edge.to;
  if (!allows(edge)) node.skip.store(true, relaxed);
  if (node.follows == 1) return true;
  if (node.missing.fetch_sub(1, acq_rel) > 1) return false;
  node.missing.store(node.follows, relaxed);
  return true;
}

GraphNode* chain(GraphNode& node, GraphNode* rest) noexcept {
  node.next = rest;
  return &node;
}

}  // namespace

GraphCore::Run::Claim::Claim(GraphCore& graph) : graph_(graph) {
  if (graph.runs_.exchange(true, acquire))
    throw RuntimeError("run() of " + graph.name() + ", which is being run");
}

GraphCore::Run::Run(GraphCore& graph, Crew& crew, const std::stop_token& stop, bool timed)
    : graph_(graph),
      claim_(graph),
      stop_(stop),
      timed_(timed),
      explored_(crew.is_explored()),
      pool_{crew},
      group_(pool_) {}

void GraphCore::Run::all() {
  graph_.find_order();
  if (!std::exchange(graph_.is_reset_, false)) graph_.reset();
  graph_.is_timed_ = timed_;
  GraphNode* todo = nullptr;
  for (GraphNode* const node : graph_.order_) {
    if (node->follows > 0) break;
    if (todo == nullptr || !leave_to_crew(*node)) todo = chain(*node, todo);
  }
  do_those_from(todo);
  try {
    group_.wait();
  } catch (...) {  // a node has ended its thread: what came of which is not told
    graph_.reset();
    throw;
  }
  graph_.is_reset_ = true;
  rethrow();
}

void GraphCore::Run::do_those_from(GraphNode* todo) {
  std::uint64_t now = timed_ ? graph_instant() : 0;
  while (todo != nullptr) {
    GraphNode& node = *todo;
    todo = node.next;
    do_one(node);
    if (timed_) {
      node.story->began = std::exchange(now, graph_instant());
      node.story->ended = now;
    }
    for (const GraphEdge& edge : graph_.edges_of(node)) {
      const bool is_ready = explored_ ? makes_ready_under_lock(edge) : makes_ready(edge);
      if (is_ready && (todo == nullptr || !leave_to_crew(*edge.to))) todo = chain(*edge.to, todo);
    }
  }
}

/// False if that is not to be had: then it is the caller's.
bool GraphCore::Run::leave_to_crew(GraphNode& node) noexcept {
  node.next = nullptr;
  try {
    group_.run([this, &node] { do_those_from(&node); });
    return true;
  } catch (...) {  // no memory, or the pool was shut down
    return false;
  }
}

bool GraphCore::Run::makes_ready_under_lock(const GraphEdge& edge) {
  const Hold hold(counting_);
  return makes_ready(edge);
}

[[gnu::always_inline]] inline void GraphCore::Run::do_one(GraphNode& node) {
  node.state = NodeState::skipped;
  if (node.skip.load(relaxed)) return node.skip.store(false, relaxed);
  if (stop_.stop_requested()) return was_stopped_.store(true, relaxed);
  try {
    node.call();
    if (node.is_condition) node.held = node.is_true();
    node.state = NodeState::done;
  } catch (...) {
    node.story->thrown = std::current_exception();
    if (node.story->thrown == nullptr) throw;  // pthread_exit()
    node.state = NodeState::failed;
    has_failed_.store(true, relaxed);
  }
}

void GraphCore::Run::rethrow() const {
  if (has_failed_.load(relaxed))
    for (const auto& node : graph_.nodes_)
      if (node->state == NodeState::failed) node->check_done();
  if (was_stopped_.load(relaxed))
    throw CancelledError("run() of " + graph_.name() + ": stop was requested before all was done");
}

}  // namespace detail
TWILL_END
