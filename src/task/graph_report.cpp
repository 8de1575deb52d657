#include <algorithm>
#include <fmt/format.h>
#include <limits>

#include <twill/platform/error.hpp>
#include <twill/task/graph.hpp>

#include "task/bar_text.hpp"
#include "task/graph_time.hpp"

TWILL_BEGIN
namespace detail {

namespace {

using Nodes = GraphCore::Nodes;

bool was_run(const GraphNode& node) noexcept {
  return node.state == NodeState::done || node.state == NodeState::failed;
}

std::chrono::nanoseconds time_of(const GraphNode& node) noexcept {
  return std::chrono::nanoseconds(ns_of_ticks(node.story->ended - node.story->began));
}

/// "12.3 ms"
std::string time_text(const GraphNode& node) {
  const std::int64_t ns = time_of(node).count();
  if (ns < 1'000) return fmt::format("{} ns", ns);
  if (ns < 1'000'000) return fmt::format("{:.3g} us", static_cast<double>(ns) * 1e-3);
  if (ns < 1'000'000'000) return fmt::format("{:.3g} ms", static_cast<double>(ns) * 1e-6);
  return fmt::format("{:.3f} s", static_cast<double>(ns) * 1e-9);
}

std::string quoted(std::string_view text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') all += '\\';
    all += c;
  }
  return all + '"';
}

/// A path through a graph of so many nodes, to be asked what lies on it.
class Path {
 public:
  Path(const Nodes& nodes, std::size_t size) : after_(size) {
    for (std::size_t i = 0; i < nodes.size(); ++i)
      after_[nodes[i]->index] = i + 1 < nodes.size() ? nodes[i + 1] : nodes[i];
  }
  bool contains(const GraphNode& node) const { return after_[node.index] != nullptr; }
  bool contains(const GraphEdge& edge) const { return after_[edge.from->index] == edge.to; }

 private:
  Nodes after_;  ///< of a node on it the next; the last one's is itself
};

std::string dot_of(const GraphNode& node, bool is_timed, const Path& critical) {
  std::string label = quoted(printable(node.story->name));
  if (is_timed && was_run(node)) label.insert(label.size() - 1, "\\n" + time_text(node));
  std::string text = fmt::format("  n{} [label={}", node.index, label);
  if (node.state == NodeState::skipped) text += ", style=dashed";
  if (node.state == NodeState::failed) text += ", color=red";
  if (critical.contains(node)) text += ", penwidth=3";
  return text + "];\n";
}

std::string dot_of(const GraphEdge& edge, const Path& critical) {
  std::string text = fmt::format("  n{} -> n{} [", edge.from->index, edge.to->index);
  if (edge.kind != GraphEdge::needs) text += "style=dashed ";
  if (edge.kind == GraphEdge::if_true) text += "label=\"if\" ";
  if (edge.kind == GraphEdge::if_false) text += "label=\"unless\" ";
  if (critical.contains(edge)) text += "penwidth=3 ";
  if (text.back() == '[')
    text.erase(text.size() - 2);
  else
    text.back() = ']';
  return text + ";\n";
}

}  // namespace

std::uint64_t GraphCore::weight(const GraphNode& node) const noexcept {
  if (!was_run(node)) return 0;
  return is_timed_ ? node.story->ended - node.story->began : 1;
}

/// For each node in order: the longest way to it is that to one which it follows, and that one.
Nodes GraphCore::critical_path() const {
  struct Way {
    std::uint64_t length = 0;
    GraphNode* last = nullptr;
  };
  std::vector<Way> ways(nodes_.size());
  Way longest;
  for (GraphNode* const node : order_) {
    const Way here{ways[node->index].length + weight(*node), node};
    for (const GraphEdge& edge : edges_of(*node))
      if (Way& way = ways[edge.to->index]; here.length > way.length) way = here;
    if (here.length > longest.length) longest = here;
  }
  Nodes path;
  for (GraphNode* node = longest.last; node != nullptr; node = ways[node->index].last)
    path.push_back(node);
  std::ranges::reverse(path);
  return path;
}

std::string GraphCore::dot() const {
  const Path critical(critical_path(), nodes_.size());
  std::string text = "digraph {\n  node [shape=box];\n";
  for (const auto& node : nodes_) text += dot_of(*node, is_timed_, critical);
  for (const GraphEdge& edge : edges_) text += dot_of(edge, critical);
  return text + "}\n";
}

std::string GraphCore::timeline(std::size_t width) const {
  if (!is_timed_) throw RuntimeError("timeline() of " + name() + ": run it with .timed = true");
  const Path critical(critical_path(), nodes_.size());
  Nodes nodes;
  std::size_t names = 0;
  std::uint64_t begin = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t end = 0;
  for (const auto& node : nodes_) {
    if (!was_run(*node)) continue;
    nodes.push_back(node.get());
    names = std::max(names, columns_of(printable(node->story->name)));
    begin = std::min(begin, node->story->began);
    end = std::max(end, node->story->ended);
  }
  std::ranges::sort(
      nodes, {}, [](const GraphNode* node) { return std::pair(node->story->began, node->index); });
  const auto column = [&](std::uint64_t at) {
    const auto share = static_cast<double>(at - begin) / static_cast<double>(end - begin + 1);
    return static_cast<std::size_t>(share * static_cast<double>(width));
  };
  std::string text;
  for (const GraphNode* const node : nodes) {
    const std::string name = printable(node->story->name);
    const std::size_t from = column(node->story->began);
    const std::size_t to = std::max(column(node->story->ended), std::min(from + 1, width));
    const bool is_critical = critical.contains(*node);
    text += name + std::string(names - columns_of(name), ' ') + " |" + std::string(from, ' ') +
            std::string(to - from, is_critical ? '#' : '=') + std::string(width - to, ' ') + "| " +
            time_text(*node) + '\n';
  }
  return text;
}

}  // namespace detail

CriticalPath Graph::critical_path() const {
  CriticalPath path;
  double length = 0;
  double all = 0;
  for (const detail::GraphNode* const node : core_.critical_path()) {
    path.nodes.push_back(node->story->name);
    if (core_.is_timed()) path.time += detail::time_of(*node);
    length += static_cast<double>(core_.weight(*node));
  }
  for (const auto& node : core_.nodes()) all += static_cast<double>(core_.weight(*node));
  if (length > 0) path.speedup = all / length;
  return path;
}

TWILL_END
