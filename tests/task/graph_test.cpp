// Graphs: values, order, conditions, failures, stop, circles, many runs, chains and wide ones, and
// what is wrong with a graph.

#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <utility>

#include <twill/sync/event.hpp>
#include <twill/task/graph.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/thread/excepthook.hpp>
#include <twill/thread/threading.hpp>

namespace {

using twill::Graph;
using twill::Node;
using twill::NodeState;
using twill::ThreadPool;

template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(GraphTest, results_are_arguments) {
  ThreadPool pool({.processes = 2});
  Graph graph;
  auto a = graph.add("a", [] { return 2; });
  auto b = graph.add("b", [] { return 3; });
  auto p = graph.add("p", [](int x, int y) { return x + y; }, a, b);
  auto q = graph.add("q", [](int x, int y) { return x * y; }, a, b);
  auto r = graph.add("r", [](int x, int y) { return x - y; }, q, p);
  EXPECT_EQ(graph.size(), 5u);
  graph.run(pool);
  EXPECT_EQ(p.result(), 5);
  EXPECT_EQ(q.result(), 6);
  EXPECT_EQ(r.result(), 1);
  EXPECT_EQ(r.state(), NodeState::done);
  EXPECT_EQ(r.name(), "r");
}

TEST(GraphTest, all_kinds_of_results) {
  ThreadPool pool({.processes = 2});
  int shared = 1;
  Graph graph;
  auto nothing = graph.add("nothing", [] {});
  auto unique = graph.add("unique", [] { return std::make_unique<int>(7); }, nothing);
  auto reference = graph.add("reference", [&]() -> int& { return shared; });
  auto sum = graph.add(
      "sum", [](const std::unique_ptr<int>& u, int& r) { return *u + ++r; }, unique, reference);
  graph.run(pool);
  EXPECT_EQ(*unique.result(), 7);
  EXPECT_EQ(&reference.result(), &shared);
  EXPECT_EQ(sum.result(), 9);
  nothing.result();
}

TEST(GraphTest, is_run_again_with_what_changed) {
  ThreadPool pool({.processes = 2});
  int input = 0;
  Graph graph;
  auto twice = graph.add("twice", [&] { return 2 * input; });
  auto next = graph.add("next", [](int n) { return n + 1; }, twice);
  for (input = 0; input < 100; ++input) {
    graph.run(pool);
    ASSERT_EQ(next.result(), 2 * input + 1);
  }
  auto last = graph.add("last", [](int n) { return std::to_string(n); }, next);
  graph.run(pool);
  EXPECT_EQ(last.result(), "201");
}

TEST(GraphTest, independent_nodes_run_side_by_side) {
  ThreadPool pool({.processes = 2});
  twill::Event left;
  twill::Event right;
  Graph graph;
  graph.add("left", [&] { left.set(), right.wait(); });
  graph.add("right", [&] { right.set(), left.wait(); });
  graph.run(pool);
}

TEST(GraphTest, order_without_a_value) {
  ThreadPool pool({.processes = 4});
  for (int i = 0; i < 100; ++i) {
    std::atomic<int> written{0};
    Graph graph;
    auto read = graph.add("read", [&] { return written.load(); });
    for (int k = 0; k < 10; ++k) graph.order(graph.add("write", [&] { ++written; }), read);
    graph.run(pool);
    ASSERT_EQ(read.result(), 10);
  }
}

TEST(GraphTest, conditions_choose_a_branch) {
  ThreadPool pool({.processes = 2});
  int number = 0;
  Graph graph;
  auto is_even = graph.add("is it even?", [&] { return number % 2 == 0; });
  auto half = graph.add("halve", [&] { return number / 2; });
  auto more = graph.add("treble and add one", [&] { return 3 * number + 1; });
  graph.when(is_even, half);
  graph.unless(is_even, more);
  auto next = graph.add(
      "next", [](const int* h, const int* m) { return h != nullptr ? *h : *m; }, half.optional(),
      more.optional());
  int steps = 0;
  for (number = 27; number != 1; number = next.result(), ++steps) {
    graph.run(pool);
    ASSERT_EQ(half.state(), number % 2 == 0 ? NodeState::done : NodeState::skipped);
    ASSERT_EQ(more.state(), number % 2 != 0 ? NodeState::done : NodeState::skipped);
  }
  EXPECT_EQ(steps, 111);
}

TEST(GraphTest, what_needs_a_skipped_node_is_skipped_what_follows_it_is_not) {
  ThreadPool pool({.processes = 2});
  Graph graph({.name = "plan"});
  auto no = graph.add("no", [] { return false; });
  auto skipped = graph.add("skipped", [] { return 1; });
  graph.when(no, skipped);
  auto needs = graph.add("needs", [](int) { return true; }, skipped);
  auto after_that = graph.add("after that", [] {});
  graph.when(needs, after_that);
  auto not_even_unless = graph.add("nor this", [] {});
  graph.unless(needs, not_even_unless);
  auto follows = graph.add("follows", [] {});
  graph.order(skipped, follows);
  graph.run(pool);
  EXPECT_EQ(skipped.state(), NodeState::skipped);
  EXPECT_EQ(needs.state(), NodeState::skipped);
  EXPECT_EQ(after_that.state(), NodeState::skipped);
  EXPECT_EQ(not_even_unless.state(), NodeState::skipped);
  EXPECT_EQ(follows.state(), NodeState::done);
  EXPECT_EQ(message_of([&] { static_cast<void>(needs.result()); }),
            "no result of the node needs of plan, which was skipped");
}

TEST(GraphTest, a_failure_is_thrown_and_the_rest_is_done) {
  ThreadPool pool({.processes = 2});
  bool fails = true;
  Graph graph;
  auto first = graph.add("first", [&] {
    if (fails) throw std::out_of_range("first");
    return 1;
  });
  auto second = graph.add("second", [&]() -> int { throw std::range_error("second"); });
  auto both = graph.add("both", [](int x, int y) { return x + y; }, first, second);
  auto behind = graph.add("behind", [](const int* x) { return x == nullptr; }, first.optional());
  auto other = graph.add("other", [] { return 5; });
  EXPECT_THROW(graph.run(pool), std::out_of_range);
  EXPECT_EQ(first.state(), NodeState::failed);
  EXPECT_THROW(static_cast<void>(first.result()), std::out_of_range);
  EXPECT_EQ(both.state(), NodeState::skipped);
  EXPECT_EQ(behind.state(), NodeState::skipped) << "a failure is nothing to go on from";
  EXPECT_EQ(other.result(), 5);

  fails = false;
  EXPECT_THROW(graph.run(pool), std::range_error);
  EXPECT_EQ(first.result(), 1);
  EXPECT_FALSE(behind.result());
}

struct Undecided {
  explicit operator bool() const { throw std::domain_error("undecided"); }
};

TEST(GraphTest, a_condition_that_throws_has_failed) {
  ThreadPool pool({.processes = 2});
  Graph graph;
  auto condition = graph.add("condition", [] { return Undecided(); });
  graph.run(pool);
  auto then = graph.add("then", [] {});
  graph.when(condition, then);
  EXPECT_THROW(graph.run(pool), std::domain_error);
  EXPECT_EQ(condition.state(), NodeState::failed);
  EXPECT_EQ(then.state(), NodeState::skipped);
}

TEST(GraphTest, circles_are_named) {
  ThreadPool pool({.processes = 2});
  Graph graph({.name = "plan"});
  auto before = graph.add("before", [] {});
  auto a = graph.add("a", [] {}, before);
  auto b = graph.add("b", [] {}, a);
  auto c = graph.add("c", [] {}, b);
  graph.add("behind", [] {}, c);
  graph.order(c, a);
  EXPECT_EQ(message_of([&] { graph.run(pool); }),
            "plan has nodes that wait for each other: a -> b -> c -> a");
  EXPECT_EQ(before.state(), NodeState::waiting);

  Graph alone({.name = "another plan"});
  auto itself = alone.add("itself", [] {});
  alone.order(itself, itself);
  EXPECT_EQ(message_of([&] { alone.run(pool); }),
            "another plan has nodes that wait for each other: itself -> itself");
}

TEST(GraphTest, stop_skips_what_has_not_begun) {
  ThreadPool pool({.processes = 2});
  std::stop_source stop;
  Graph graph;
  auto first = graph.add("first", [&] { return stop.request_stop(); });
  auto second = graph.add("second", [](bool b) { return b; }, first);
  EXPECT_THROW(graph.run(pool, {.stop = stop.get_token()}), twill::CancelledError);
  EXPECT_TRUE(first.result());
  EXPECT_EQ(second.state(), NodeState::skipped);
  graph.run(pool);
  EXPECT_EQ(second.state(), NodeState::done);
}

TEST(GraphTest, nodes_of_another_graph_are_refused) {
  Graph one({.name = "plan"});
  Graph other({.name = "another plan"});
  auto mine = one.add("mine", [] { return 1; });
  auto theirs = other.add("theirs", [] { return 1; });
  const std::string refusal = "the node theirs belongs to another plan, and cannot be used in plan";
  EXPECT_EQ(message_of([&] { one.add("sum", [](int x, int y) { return x + y; }, mine, theirs); }),
            refusal);
  EXPECT_EQ(one.size(), 1u);
  EXPECT_EQ(message_of([&] { one.order(mine, theirs); }), refusal);
}

TEST(GraphTest, is_run_once_at_a_time) {
  ThreadPool pool({.processes = 2});
  Graph graph({.name = "plan"});
  std::string again;
  std::string added;
  graph.add("node", [&] {
    again = message_of([&] { graph.run(pool); });
    added = message_of([&] { graph.add("another", [] {}); });
  });
  graph.run(pool);
  EXPECT_EQ(again, "run() of plan, which is being run");
  EXPECT_EQ(added, "add() of plan, which is being run");
}

TEST(GraphTest, empty_ones_and_those_that_never_ran) {
  ThreadPool pool({.processes = 1});
  Graph graph({.name = "plan"});
  graph.run(pool);
  auto node = graph.add("node", [] { return 1; });
  EXPECT_EQ(message_of([&] { static_cast<void>(node.result()); }),
            "no result of the node node of plan, which was not run");
}

TEST(GraphTest, long_chains_and_wide_fans) {
  ThreadPool pool({.processes = 3});
  constexpr int kNodes = 10'000;
  Graph graph;
  auto last = graph.add("0", [] { return 0; });
  for (int i = 1; i < kNodes; ++i) last = graph.add("next", [](int n) { return n + 1; }, last);
  std::atomic<int> fan{0};
  auto end = graph.add("end", [&] { return fan.load(); });
  for (int i = 0; i < kNodes; ++i)
    graph.order(graph.add("fan", [&](int n) { fan += n; }, last), end);
  for (int i = 1; i <= 3; ++i) {
    fan = 0;
    graph.run(pool);
    ASSERT_EQ(last.result(), kNodes - 1);
    ASSERT_EQ(end.result(), kNodes * (kNodes - 1));
  }
}

/// Each number of a triangle is the sum of the two above it: many nodes with two predecessors, done
/// by several threads.
TEST(GraphTest, pascals_triangle) {
  ThreadPool pool({.processes = 4});
  Graph graph;
  std::vector<Node<long>> row{graph.add("1", [] { return 1L; })};
  for (int n = 1; n <= 30; ++n) {
    std::vector<Node<long>> next{graph.add("1", [](long x) { return x; }, row.front())};
    for (std::size_t k = 1; k < row.size(); ++k)
      next.push_back(graph.add("+", [](long x, long y) { return x + y; }, row[k - 1], row[k]));
    next.push_back(graph.add("1", [](long x) { return x; }, row.back()));
    row = std::move(next);
  }
  for (int i = 0; i < 100; ++i) {
    graph.run(pool);
    ASSERT_EQ(row[15].result(), 155'117'520);
  }
}

TEST(GraphTest, within_a_task_of_its_pool_and_within_a_node) {
  ThreadPool pool({.processes = 1});
  Graph inner;
  auto value = inner.add("value", [] { return 7; });
  inner.add("beside", [] {});
  Graph outer;
  auto node = outer.add("node", [&] { return inner.run(pool), value.result() + 1; });
  pool.apply([&] { outer.run(pool); });
  EXPECT_EQ(node.result(), 8);
}

TEST(GraphTest, an_initializer_is_done_by_every_thread_that_works) {
  static thread_local bool initialized = false;
  ThreadPool pool({.processes = 2, .initializer = [] { initialized = true; }});
  Graph graph;
  std::atomic<int> seen{0};
  for (int i = 0; i < 100; ++i) graph.add("node", [&] { seen += initialized; });
  graph.run(pool);
  EXPECT_EQ(seen, 100);
  EXPECT_FALSE(initialized);
}

TEST(GraphTest, of_an_executor_and_of_a_pool_that_is_closed) {
  twill::ThreadPoolExecutor executor({.max_workers = 2});
  Graph graph;
  std::atomic<int> runs{0};
  auto first = graph.add("first", [&] { ++runs; });
  for (int i = 0; i < 10; ++i) graph.add("node", [&] { ++runs; }, first);
  graph.run(executor);
  EXPECT_EQ(runs, 11);
  ThreadPool closed({.processes = 2});
  closed.close();
  closed.join();
  EXPECT_THROW(graph.run(closed), twill::RuntimeError);
  EXPECT_EQ(runs, 11);
}

TEST(GraphTest, a_callable_whose_destructor_throws_is_reported) {
  int reports = 0;
  const auto before = twill::set_excepthook([&](const twill::ExceptHookArgs&) { ++reports; });
  {
    struct Throws {
      Throws() = default;
      Throws(Throws&& other) noexcept : armed(std::exchange(other.armed, false)) {}
      ~Throws() noexcept(false) {
        if (armed) throw 5;
      }
      bool armed = true;
    };
    ThreadPool pool({.processes = 1});
    Graph graph;
    auto node = graph.add("throws", [t = Throws()] { return t.armed; });
    graph.run(pool);
    EXPECT_TRUE(node.result());
    EXPECT_EQ(reports, 0);
  }
  twill::set_excepthook(before);
  EXPECT_EQ(reports, 1);
}

TEST(GraphTest, a_node_that_ends_its_thread) {
  ThreadPool pool({.processes = 2});
  Graph graph;
  bool ends = true;
  twill::Event begun;
  auto waits = graph.add("waits", [&] {
    if (ends) begun.wait();
  });
  auto goes = graph.add("goes", [&] {
    begun.set();
    if (ends) pthread_exit(nullptr);
  });
  graph.add("last", [] {}, goes, waits);
  twill::Thread thread([&] {
    try {
      graph.run(pool);
      ADD_FAILURE() << "a node was not done";
    } catch (const twill::RuntimeError&) {
    }
  });
  thread.start();
  thread.join();
  EXPECT_THROW(static_cast<void>(waits.result()), twill::RuntimeError);
  ends = false;
  graph.run(pool);
  EXPECT_EQ(goes.state(), NodeState::done);
}

}  // namespace
