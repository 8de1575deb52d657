// Five steps of "some random calculation" as a graph: L1 and L2, then L3 and L4, then L5.
#include <chrono>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

// A step that takes a second.
int step(int result) {
  twill::sleep(1s);
  return result;
}

int main() {
  twill::Graph graph({.name = "some random calculation"});
  auto l1 = graph.add("L1: a = 2", [] { return step(2); });
  auto l2 = graph.add("L2: b = 3", [] { return step(3); });
  auto l3 = graph.add("L3: p = a + b", [](int a, int b) { return step(a + b); }, l1, l2);
  auto l4 = graph.add("L4: q = a * b", [](int a, int b) { return step(a * b); }, l1, l2);
  auto l5 = graph.add("L5: r = q - p", [](int q, int p) { return step(q - p); }, l4, l3);

  twill::ThreadPool pool({.processes = 2});
  graph.run(pool, {.timed = true});

  twill::print("a={}, b={}, p={}, q={}, r={}\n\n", l1.result(), l2.result(), l3.result(),
               l4.result(), l5.result());
  twill::print("{}\n", graph.timeline());
  const twill::CriticalPath path = graph.critical_path();
  twill::print("{} of {} steps make the critical path; speed-up by any number of threads: {:.2f}\n",
               path.nodes.size(), graph.size(), path.speedup);
  twill::print("\n{}", graph.dot());

  auto l6 = graph.add("L6: L1 once more", [] {});
  graph.order(l5, l6);
  graph.order(l6, l1);
  try {
    graph.run(pool);
  } catch (const twill::ValueError& error) {
    twill::print("\n{}\n", error.what());
  }
}
