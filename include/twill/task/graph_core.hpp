#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <memory_resource>
#include <new>
#include <source_location>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <twill/park/label.hpp>
#include <twill/platform/atomic.hpp>
#include <twill/task/crew.hpp>

TWILL_BEGIN

/// What became of a node in the last run.
enum class NodeState : std::uint8_t {
  waiting,  ///< not reached
  done,
  failed,   ///< it threw
  skipped,  ///< what it needs failed or was skipped, or its condition did not hold
};

namespace detail {

class GraphCore;
class GraphNode;

/// That a node is done after another one.
struct GraphEdge {
  /// What else that means.
  enum Kind : std::uint8_t {
    follows,  ///< nothing; the first one may have been skipped
    needs,    ///< the first one must not have been skipped
    if_true,  ///< nor be false
    if_false,
  };

  GraphNode* from = nullptr;
  GraphNode* to = nullptr;
  Kind kind = follows;
};

/// A node of a graph but for its callable and its value. A cache line is room enough for what a
/// run looks at.
class TWILL_API GraphNode {
 public:
  struct Story {
    GraphCore& graph;
    const std::string name;
    std::exception_ptr thrown = nullptr;  ///< if it failed
    std::uint64_t began = 0;              ///< in ticks, if the run was timed
    std::uint64_t ended = 0;
  };

  GraphNode(GraphCore& graph, std::string name) : story(new Story{graph, std::move(name)}) {}
  virtual ~GraphNode() = default;
  GraphNode(const GraphNode&) = delete;
  GraphNode& operator=(const GraphNode&) = delete;

  /// Does the work. Throws what the callable throws.
  virtual void call() = 0;
  /// Whether what it answered is true.
  virtual bool is_true() const { return true; }
  /// Throws unless it is done.
  void check_done() const;

  std::uint32_t index = 0;           ///< among the nodes of the graph
  std::uint32_t first_edge = 0;      ///< of those that begin here, which lie side by side
  std::uint32_t edges = 0;           ///< how many begin here
  std::uint32_t follows = 0;         ///< how many end here
  atomic<std::uint32_t> missing{0};  ///< how many of those are still to come
  atomic<bool> skip{false};          ///< one of them does not allow it
  bool is_condition = false;         ///< of an edge
  bool held = false;                 ///< if it is one: whether its result was true
  NodeState state = NodeState::waiting;
  GraphNode* next = nullptr;  ///< belongs to who has it in hand
  const std::unique_ptr<Story> story;
};

/// What a Graph is but for its callables.
class TWILL_API GraphCore {
 public:
  struct Destroy {
    void operator()(GraphNode* node) const noexcept { std::destroy_at(node); }
  };
  using Nodes = std::vector<GraphNode*>;
  template <class Task>
  using Pointer = std::unique_ptr<Task, Destroy>;

  GraphCore(std::string name, std::source_location made);
  GraphCore(const GraphCore&) = delete;
  GraphCore& operator=(const GraphCore&) = delete;
  ~GraphCore();

  /// Makes a node, which is there until the end of the graph.
  template <class Task, class... Parts>
  Task& add(std::string name, Parts&&... parts) {
    check_idle("add()");
    void* const place = memory_.allocate(sizeof(Task), std::max<std::size_t>(alignof(Task), 64));
    Pointer<Task> task(new (place) Task(*this, std::move(name), std::forward<Parts>(parts)...));
    Task& added = *task;
    add(std::move(task));
    return added;
  }
  void check_mine(const GraphNode& node) const;
  /// So that connect() has the memory for so many more edges.
  void make_room(std::size_t edges);
  void connect(GraphNode& from, GraphNode& to, GraphEdge::Kind kind);
  void run(Crew& crew, const std::stop_token& stop, bool timed);

  std::string name() const { return label_.name("Graph"); }
  const std::vector<Pointer<GraphNode>>& nodes() const noexcept { return nodes_; }
  /// Of the last run: the way through the graph that took the longest, or, if it was not timed, the
  /// most nodes.
  Nodes critical_path() const;
  std::string dot() const;
  std::string timeline(std::size_t width) const;
  /// How long a node took; 1 if that was not measured.
  std::uint64_t weight(const GraphNode& node) const noexcept;
  bool is_timed() const noexcept { return is_timed_; }

 private:
  class Run;
  void add(Pointer<GraphNode> node);
  void check_idle(const char* call) const;
  void sort_edges();
  void find_order();
  void reset() noexcept;
  std::span<const GraphEdge> edges_of(const GraphNode& node) const noexcept {
    return {edges_.data() + node.first_edge, node.edges};
  }
  [[noreturn]] void throw_cycle() const;

  std::pmr::monotonic_buffer_resource memory_;  ///< of the nodes, which so lie side by side
  std::vector<Pointer<GraphNode>> nodes_;       ///< in the order in which they were added
  std::vector<GraphEdge> edges_;
  Nodes order_;            ///< each after those that it follows; empty: not looked for
  bool is_reset_ = false;  ///< its nodes are as a run needs them
  bool is_timed_ = false;  ///< the last run
  atomic<bool> runs_{false};
  Label label_;
};

}  // namespace detail
TWILL_END
