// What is told of a graph: critical path, DOT, time line.

#include <gtest/gtest.h>

#include <twill/park/clock.hpp>
#include <twill/task/graph.hpp>
#include <twill/task/thread_pool.hpp>

namespace {

using namespace std::chrono_literals;
using twill::Graph;
using twill::ThreadPool;
using Names = std::vector<std::string>;

/// fast and slow, side by side, then both.
struct Diamond {
  Diamond() {
    auto fast = graph.add("fast", [] { return twill::sleep(1s), true; });
    auto slow = graph.add("slow", [] { twill::sleep(3s); });
    auto both = graph.add("both", [](bool) { twill::sleep(1s); }, fast, slow);
    auto not_fast = graph.add("not \"fast\"", [] {});
    graph.unless(fast, not_fast);
    graph.order(both, not_fast);
  }
  twill::VirtualClock clock;
  ThreadPool pool{{.processes = 2}};
  Graph graph;
};

TEST(GraphReportTest, critical_path_is_what_takes_longest) {
  Diamond diamond;
  diamond.graph.run(diamond.pool, {.timed = true});
  const twill::CriticalPath path = diamond.graph.critical_path();
  EXPECT_EQ(path.nodes, (Names{"slow", "both"}));
  EXPECT_EQ(path.time, 4s);
  EXPECT_DOUBLE_EQ(path.speedup, 5.0 / 4.0);
}

TEST(GraphReportTest, without_times_it_is_the_longest_row) {
  Diamond diamond;
  EXPECT_EQ(diamond.graph.critical_path().nodes, Names());
  EXPECT_EQ(diamond.graph.critical_path().speedup, 1);
  diamond.graph.run(diamond.pool);
  const twill::CriticalPath path = diamond.graph.critical_path();
  EXPECT_EQ(path.nodes, (Names{"fast", "both"}));
  EXPECT_EQ(path.time, 0s);
  EXPECT_DOUBLE_EQ(path.speedup, 3.0 / 2.0);
}

TEST(GraphReportTest, dot_shows_what_happened) {
  Diamond diamond;
  EXPECT_EQ(diamond.graph.dot(),
            "digraph {\n"
            "  node [shape=box];\n"
            "  n0 [label=\"fast\"];\n"
            "  n1 [label=\"slow\"];\n"
            "  n2 [label=\"both\"];\n"
            "  n3 [label=\"not \\\"fast\\\"\"];\n"
            "  n0 -> n2;\n"
            "  n1 -> n2;\n"
            "  n0 -> n3 [style=dashed label=\"unless\"];\n"
            "  n2 -> n3 [style=dashed];\n"
            "}\n");
  diamond.graph.run(diamond.pool, {.timed = true});
  EXPECT_EQ(diamond.graph.dot(),
            "digraph {\n"
            "  node [shape=box];\n"
            "  n0 [label=\"fast\\n1.000 s\"];\n"
            "  n1 [label=\"slow\\n3.000 s\", penwidth=3];\n"
            "  n2 [label=\"both\\n1.000 s\", penwidth=3];\n"
            "  n3 [label=\"not \\\"fast\\\"\", style=dashed];\n"
            "  n0 -> n2;\n"
            "  n0 -> n3 [style=dashed label=\"unless\"];\n"
            "  n1 -> n2 [penwidth=3];\n"
            "  n2 -> n3 [style=dashed];\n"
            "}\n");
}

TEST(GraphReportTest, time_line_has_a_bar_for_each_node) {
  Diamond diamond;
  EXPECT_THROW(static_cast<void>(diamond.graph.timeline()), twill::RuntimeError);
  diamond.graph.run(diamond.pool, {.timed = true});
  EXPECT_EQ(diamond.graph.timeline(8),
            "fast |=       | 1.000 s\n"
            "slow |#####   | 3.000 s\n"
            "both |     ## | 1.000 s\n");
}

TEST(GraphReportTest, failures_are_red) {
  ThreadPool pool({.processes = 1});
  Graph graph;
  graph.add("bad", [] { throw std::runtime_error("bad"); });
  EXPECT_THROW(graph.run(pool), std::runtime_error);
  EXPECT_NE(graph.dot().find("n0 [label=\"bad\", color=red, penwidth=3];"), std::string::npos)
      << graph.dot();
}

}  // namespace
