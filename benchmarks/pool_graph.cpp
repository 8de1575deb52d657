#include "pool_graph.hpp"

#include <memory>
#include <tbb/flow_graph.h>
#include <twill/task/graph.hpp>
#include <vector>

#include "team.hpp"

namespace bench {
namespace {

int nodes() { return options.quick ? 10'000 : 100'000; }

/// Nanoseconds for each node of a chain, which was built before.
template <class Run>
Side<> side(const char* name, int& count, Run run) {
  return {name, [run, &count] {
            count = 0;
            const auto begin = Clock::now();
            run();
            const double passed = since(begin);
            verify(count == nodes(), "a node was not run");
            return passed / nodes() * 1e9;
          }};
}

Side<> twill_chain(twill::ThreadPool& pool, int& count) {
  auto graph = std::make_shared<twill::Graph>();
  auto last = graph->add("first", [&count] { ++count; });
  for (int i = 1; i < nodes(); ++i) last = graph->add("next", [&count] { ++count; }, last);
  return side("twill::Graph", count, [graph, &pool] { graph->run(pool); });
}

/// Without the policy `lightweight`, which needs a frame of the stack for each node and so ends
/// with a chain of this length.
struct FlowGraph {
  using Message = tbb::flow::continue_msg;
  using Node = tbb::flow::continue_node<Message>;

  tbb::flow::graph graph = {};
  std::vector<std::unique_ptr<Node>> chain = {};
};

Side<> flow_chain(int& count) {
  auto flow = std::make_shared<FlowGraph>();
  for (int i = 0; i < nodes(); ++i) {
    flow->chain.push_back(std::make_unique<FlowGraph::Node>(
        flow->graph, [&count](const FlowGraph::Message&) { ++count; }));
    if (i > 0) tbb::flow::make_edge(*flow->chain[flow->chain.size() - 2], *flow->chain.back());
  }
  return side("tbb::flow", count, [flow] {
    flow->chain.front()->try_put(FlowGraph::Message());
    flow->graph.wait_for_all();
  });
}

}  // namespace

void run_graph(twill::ThreadPool& pool) {
  int count = 0;
  compare(Work{"a chain of nodes, each", "ns", Better::less, 5, true},
          {twill_chain(pool, count), flow_chain(count)});
}

}  // namespace bench
