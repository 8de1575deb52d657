// Paths: a graph run in every order that was tried: what is joined is ordered, what is not races.

#include <twill/task/graph.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::check;
using twill::Finding;
using twill::Graph;
using twill::Shared;
using twill::ThreadPool;

/// Two nodes write, a third one, that follows one of them or both, reads.
void run_diamond(bool follows_both) {
  ThreadPool pool({.processes = 2});
  Shared left(0, "left");
  Shared right(0, "right");
  Graph graph;
  auto write_left = graph.add("left", [&] { left = 1; });
  auto write_right = graph.add("right", [&] { right = 1; });
  auto sum = graph.add("sum", [&] { return left + right; }, write_left);
  if (follows_both) graph.order(write_right, sum);
  graph.run(pool);
  check(!follows_both || sum.result() == 2);
}

TEST(ExploredGraphTest, a_node_sees_what_all_that_it_follows_did) {
  expect_silence([] { run_diamond(true); }, {.runs = 3'000});
  expect_found(Finding::data_race, [] { run_diamond(false); });
}

TEST(ExploredGraphTest, in_a_task_of_one_worker_and_twice) {
  expect_silence(
      [] {
        ThreadPool pool({.processes = 1});
        Graph graph;
        auto one = graph.add("one", [] { return 1; });
        auto other = graph.add("other", [] { return 2; });
        auto sum = graph.add("sum", [](int x, int y) { return x + y; }, one, other);
        pool.apply([&] { graph.run(pool), graph.run(pool); });
        check(sum.result() == 3);
      },
      {.runs = 3'000});
}

}  // namespace
}  // namespace patterns
