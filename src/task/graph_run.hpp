#pragma once

#include <stop_token>

#include <twill/sync/lock.hpp>
#include <twill/task/graph_core.hpp>
#include <twill/task/parallel_map.hpp>
#include <twill/task/task_group.hpp>

TWILL_BEGIN
namespace detail {

/// A graph while it is run: by the calling thread and a crew.
///
/// Who has done a node counts it at those that follow. Of those that miss nothing more it does one
/// next, and leaves the others to the crew; so a chain is a loop.
class GraphCore::Run {
 public:
  Run(GraphCore& graph, Crew& crew, const std::stop_token& stop, bool timed);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// All nodes; then throws what the first one to fail threw.
  void all();

 private:
  /// That a graph is being run: until all its nodes have come to rest.
  class Claim {
   public:
    explicit Claim(GraphCore& graph);
    ~Claim() { graph_.runs_.store(false, release); }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

   private:
    GraphCore& graph_;
  };

  void do_those_from(GraphNode* todo);
  bool leave_to_crew(GraphNode& node) noexcept;
  void do_one(GraphNode& node);
  bool makes_ready_under_lock(const GraphEdge& edge);
  void rethrow() const;

  GraphCore& graph_;
  const Claim claim_;
  const std::stop_token& stop_;
  const bool timed_;
  atomic<bool> has_failed_{false};
  atomic<bool> was_stopped_{false};
  const bool explored_;
  Lock counting_;  ///< in explorations, which do not see what an atomic orders
  CrewRef pool_;
  TaskGroup group_;
};

}  // namespace detail
TWILL_END
