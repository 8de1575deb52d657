#include <twill/task/graph_core.hpp>

#include <algorithm>

#include <twill/platform/error.hpp>
#include <twill/task/fork.hpp>

#include "task/graph_run.hpp"

TWILL_BEGIN
namespace detail {

void GraphNode::check_done() const {
  if (state == NodeState::failed) std::rethrow_exception(story->thrown);
  if (state != NodeState::done)
    throw RuntimeError("no result of the node " + story->name + " of " + story->graph.name() +
                       ", which was " + (state == NodeState::skipped ? "skipped" : "not run"));
}

GraphCore::GraphCore(std::string name, std::source_location made)
    : label_("Graph", std::move(name), made) {}

GraphCore::~GraphCore() = default;

void GraphCore::check_mine(const GraphNode& node) const {
  if (&node.story->graph != this)
    throw ValueError("the node " + node.story->name + " belongs to " + node.story->graph.name() +
                     ", and cannot be used in " + name());
}

void GraphCore::check_idle(const char* call) const {
  if (runs_.load(relaxed)) throw RuntimeError(call + (" of " + name()) + ", which is being run");
}

void GraphCore::add(Pointer<GraphNode> node) {
  order_.clear();
  node->index = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back(std::move(node));
}

void GraphCore::make_room(std::size_t edges) {
  const std::size_t needed = edges_.size() + edges;
  if (needed > edges_.capacity()) edges_.reserve(std::max(needed, 2 * edges_.capacity()));
}

void GraphCore::connect(GraphNode& from, GraphNode& to, GraphEdge::Kind kind) {
  check_mine(from);
  check_mine(to);
  check_idle("order()");
  order_.clear();
  edges_.push_back({&from, &to, kind});
  if (kind == GraphEdge::if_true || kind == GraphEdge::if_false) from.is_condition = true;
}

/// So that those of a node lie side by side, in the order in which they were added.
void GraphCore::sort_edges() {
  for (const auto& node : nodes_) node->edges = node->follows = 0;
  for (const GraphEdge& edge : edges_) ++edge.from->edges, ++edge.to->follows;
  std::uint32_t before = 0;
  for (const auto& node : nodes_) node->first_edge = std::exchange(before, before + node->edges);
  std::vector<GraphEdge> sorted(edges_.size());
  for (const auto& node : nodes_) node->edges = 0;
  for (const GraphEdge& edge : edges_) sorted[edge.from->first_edge + edge.from->edges++] = edge;
  edges_ = std::move(sorted);
}

/// Takes nodes that wait for nobody away, as long as there are any (Kahn, 1962). If some are left,
/// there is a circle among them.
void GraphCore::find_order() {
  if (!order_.empty()) return;
  sort_edges();
  reset();
  Nodes order;
  order.reserve(nodes_.size());
  for (const auto& node : nodes_)
    if (node->follows == 0) order.push_back(node.get());
  for (std::size_t i = 0; i < order.size(); ++i)
    for (const GraphEdge& edge : edges_of(*order[i]))
      if (edge.to->missing.fetch_sub(1, relaxed) == 1) order.push_back(edge.to);
  is_reset_ = false;
  if (order.size() < nodes_.size()) throw_cycle();
  order_ = std::move(order);
}

/// A run leaves them like that, if it comes to all of them.
void GraphCore::reset() noexcept {
  for (const auto& node : nodes_) {
    node->state = NodeState::waiting;
    node->skip.store(false, relaxed);
    node->missing.store(node->follows, relaxed);
  }
}

/// From a node that was left back to another that was, until one comes again.
void GraphCore::throw_cycle() const {
  const auto is_left = [](const GraphNode& node) { return node.missing.load(relaxed) > 0; };
  std::vector<const GraphNode*> before(nodes_.size());
  for (const GraphEdge& edge : edges_)
    if (is_left(*edge.from)) before[edge.to->index] = edge.from;
  const GraphNode* node =
      std::ranges::find_if(nodes_, [&](const auto& each) { return is_left(*each); })->get();
  for (std::vector<bool> seen(nodes_.size()); !seen[node->index]; node = before[node->index])
    seen[node->index] = true;
  std::vector<const GraphNode*> circle{node};
  while (before[circle.back()->index] != node) circle.push_back(before[circle.back()->index]);
  std::string text = node->story->name;
  for (; !circle.empty(); circle.pop_back()) text += " -> " + circle.back()->story->name;
  throw ValueError(name() + " has nodes that wait for each other: " + text);
}

void GraphCore::run(Crew& crew, const std::stop_token& stop, bool timed) {
  work_at(crew, [&] { Run(*this, crew, stop, timed).all(); });
}

}  // namespace detail
TWILL_END
