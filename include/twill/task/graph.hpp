#pragma once

#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <stop_token>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <twill/task/future.hpp>
#include <twill/task/graph_core.hpp>
#include <twill/task/task.hpp>

TWILL_BEGIN

class Graph;

namespace detail {

/// A node with room for its value.
template <class T>
class GraphValue : public GraphNode {
 public:
  using GraphNode::GraphNode;

  bool is_true() const override {
    using Tested = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
    if constexpr (!std::constructible_from<bool, const Tested&>)
      return true;
    else if constexpr (std::is_reference_v<T>)
      return static_cast<bool>(**value);
    else
      return static_cast<bool>(*value);
  }

  std::optional<Kept<T>> value;
};

/// How a node takes the result of another one. `arguments()` are what its callable is given.
template <class T>
struct GraphInput {
  static constexpr auto kKind = GraphEdge::needs;
  std::tuple<std::add_lvalue_reference_t<const T>> arguments() const {
    if constexpr (std::is_reference_v<T>)
      return **node->value;
    else
      return *node->value;
  }
  GraphValue<T>* node;
};
template <>
struct GraphInput<void> {
  static constexpr auto kKind = GraphEdge::needs;
  GraphValue<void>* node;
};
template <class T>
struct OptionalInput {
  static constexpr auto kKind = GraphEdge::follows;
  std::tuple<const std::remove_reference_t<T>*> arguments() const {
    if (node->state != NodeState::done) return nullptr;
    if constexpr (std::is_reference_v<T>)
      return *node->value;
    else
      return std::addressof(*node->value);
  }
  GraphValue<T>* node;
};

/// Those with arguments.
template <class Input>
std::tuple<Input> kept(const Input& input) {
  return input;
}
inline std::tuple<> kept(const GraphInput<void>&) { return {}; }

/// f(arguments of all inputs...)
template <class F, class... Inputs>
decltype(auto) call_with(F& f, const std::tuple<Inputs...>& inputs) {
  return std::apply(
      [&f](const Inputs&... all) -> decltype(auto) {
        return std::apply(f, std::tuple_cat(all.arguments()...));
      },
      inputs);
}

/// A node with its callable, which is called in each run.
template <class F, class Inputs,
          class Raw = decltype(call_with(std::declval<F&>(), std::declval<Inputs&>()))>
class GraphTask final : public GraphValue<AnswerOf<Raw>> {
 public:
  using Value = AnswerOf<Raw>;

  GraphTask(GraphCore& graph, std::string name, F&& f, const Inputs& inputs)
      : GraphValue<Value>(graph, std::move(name)), f_(std::move(f)), inputs_(inputs) {}
  ~GraphTask() noexcept override { destroy(f_); }

  void call() override {
    this->value.reset();
    if constexpr (std::is_void_v<Value>)
      call_with(f_, inputs_), this->value.emplace();
    else if constexpr (std::is_reference_v<Value>)
      this->value.emplace(std::addressof(call_with(f_, inputs_)));
    else
      this->value.emplace(call_with(f_, inputs_));
  }

 private:
  union {  // its destructor may throw
    F f_;
  };
  [[no_unique_address]] Inputs inputs_;
};

}  // namespace detail

/// A task of a Graph, whose callable answers a T: a handle, which lives no longer than the graph.
template <class T>
class Node {
 public:
  /// What its callable answered in the last run. Throws what that threw; RuntimeError if it was
  /// skipped or not run. For whoever may read it: what comes after the node, or after run().
  std::conditional_t<std::is_object_v<T>, std::add_lvalue_reference_t<const T>, T> result() const {
    node_->check_done();
    if constexpr (std::is_reference_v<T>)
      return static_cast<T>(**node_->value);
    else if constexpr (std::is_object_v<T>)
      return *node_->value;
  }
  /// For the same readers.
  NodeState state() const noexcept { return node_->state; }
  const std::string& name() const noexcept { return node_->story->name; }

  /// As an input: a pointer to the value, null if this node was skipped.
  detail::OptionalInput<T> optional() const noexcept
    requires(!std::is_void_v<T>)
  {
    return {node_};
  }

 private:
  friend class Graph;
  explicit Node(detail::GraphValue<T>& node) noexcept : node_(&node) {}
  operator detail::GraphInput<T>() const noexcept { return {node_}; }

  detail::GraphValue<T>* node_;
};

/// What bounds a graph's time: the nodes that one after the other took the longest; of a run that
/// was not timed, the longest row of nodes.
struct CriticalPath {
  std::vector<std::string> nodes = {};
  std::chrono::nanoseconds time = {};  ///< that these took; 0 if that was not measured
  double speedup = 1;  ///< a graph is so many times faster at most than all its nodes in a row
};

struct GraphOptions {
  std::string name = {};  ///< for messages; empty: "Graph#N"
};

struct GraphRunOptions {
  std::stop_token stop = {};  ///< what has not begun when stop is requested is skipped
  bool timed = false;         ///< measures each node, which costs some 30 ns
};

/// Tasks that need one another's results: built once, run as often as one likes, each task as soon
/// as all that it needs is there.
///
///     twill::ThreadPool pool;
///     twill::Graph graph;
///     auto a = graph.add("a", [] { return 2; });
///     auto b = graph.add("b", [] { return 3; });
///     auto p = graph.add("p", [](int x, int y) { return x + y; }, a, b);
///     graph.run(pool);
///     twill::print("{}\n{}", p.result(), graph.dot());
///
/// What a node answers goes along the edges, as a reference to const, and stays until the node is
/// run again. order() adds edges without a value, when() and unless() conditions. If a node throws,
/// what needs it or follows it is skipped, the rest is done, and run() throws what the first node
/// to fail, in the order in which they were added, threw.
///
/// One thread at a time builds a graph, or runs it. What a node did happens before the nodes that
/// follow it, and before what follows run().
class TWILL_API Graph {
 public:
  explicit Graph(GraphOptions options = {},
                 std::source_location made = std::source_location::current())
      : core_(std::move(options.name), made) {}

  /// Adds f(results of the inputs...). Each input is a node: its result is an argument, unless it
  /// is void; without it, this one is skipped. Or node.optional(): the argument is a pointer, null
  /// if that one was skipped. ValueError for nodes of another graph.
  template <class F, class... Ts>
  auto add(std::string name, F f, const Ts&... inputs) {
    return add_task(std::move(name), std::move(f), as_input(inputs)...);
  }

  /// `then` begins when `first` is done or skipped.
  template <class A, class B>
  void order(Node<A> first, Node<B> then) {
    core_.connect(*first.node_, *then.node_, detail::GraphEdge::follows);
  }
  /// `then` is run if `condition` was run, and answered what is true; else it is skipped.
  template <class C, class T>
    requires std::constructible_from<bool, const C&>
  void when(Node<C> condition, Node<T> then) {
    core_.connect(*condition.node_, *then.node_, detail::GraphEdge::if_true);
  }
  /// `then` is run if `condition` was run, and answered what is false.
  template <class C, class T>
    requires std::constructible_from<bool, const C&>
  void unless(Node<C> condition, Node<T> then) {
    core_.connect(*condition.node_, *then.node_, detail::GraphEdge::if_false);
  }

  /// Runs it, by the pool (whatever has a crew()) and the calling thread, unless the pool has an
  /// initializer: then by the pool alone. Blocks. ValueError, with their names, if nodes wait for
  /// each other in a circle; CancelledError if stop was requested before all nodes had begun;
  /// RuntimeError if the graph is being run, or the pool was closed; BrokenThreadPool; else as
  /// above.
  template <class Pool>
    requires requires(Pool& pool) { pool.crew(); }
  void run(Pool& pool, const GraphRunOptions& options = {}) {
    core_.run(pool.crew(), options.stop, options.timed);
  }

  std::size_t size() const noexcept { return core_.nodes().size(); }
  /// Of the last run, if the graph has not changed since.
  CriticalPath critical_path() const;
  /// The graph in the language of Graphviz, with what is known from the last run: the critical path
  /// is bold, what was skipped dashed, what failed red.
  std::string dot() const { return core_.dot(); }
  /// The last run, which has to be timed (else RuntimeError), as lines of text: for each node a bar
  /// from its begin to its end, of '#' if it is critical; the whole takes `width` columns.
  std::string timeline(std::size_t width = 40) const { return core_.timeline(width); }

 private:
  template <class T>
  static detail::GraphInput<T> as_input(const Node<T>& node) noexcept {
    return node;
  }
  template <class T>
  static detail::OptionalInput<T> as_input(const detail::OptionalInput<T>& input) noexcept {
    return input;
  }
  template <class F, class... Inputs>
  auto add_task(std::string name, F&& f, const Inputs&... inputs) {
    (core_.check_mine(*inputs.node), ...);
    auto kept = std::tuple_cat(detail::kept(inputs)...);
    using Task = detail::GraphTask<F, decltype(kept)>;
    core_.make_room(sizeof...(inputs));
    auto& added = core_.add<Task>(std::move(name), std::move(f), kept);
    (core_.connect(*inputs.node, added, Inputs::kKind), ...);
    return Node<typename Task::Value>(added);
  }

  detail::GraphCore core_;
};

TWILL_END
