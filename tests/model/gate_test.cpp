// Gate, the way to an end of a queue.
//   by the word: exclusion, nobody sleeps before an open gate, with both kinds of barrier
//   by bias: exclusion against the one who revokes, which needs the barrier; the owner is awaited
//   the gate may go as soon as everybody has left, who may be seen to be on the way out

#include <set>

#include <twill/queue/gate.hpp>

#include "model/litmus.hpp"
#include "platform/clock.hpp"

using namespace litmus;
using detail::Gate;

namespace {

struct Counter {
  Gate gate;
  Plain<int> value{0};

  void add(int times = 1) {
    for (int i = 0; i < times; ++i) {
      const Gate::Visit visit(gate);
      value.set(value.get() + 1);
    }
  }
  /// One visitor tells from inside that the gate may go; the other sees it, or comes too early.
  bool closes_behind_a_visitor() {
    atomic<bool> told{false};
    bool closed = false;
    together(
        [&] {
          const Gate::Visit visit(gate);
          told.store(true, release);
          value.set(value.get() + 1);
        },
        [&] {
          if (!told.load(acquire)) return;
          closed = gate.close();
          value.set(0);
        });
    return closed;
  }
  /// Biases the gate to the first thread.
  void make_biased() {
    together([this] { add(20); });
  }
};

using GateTest = Door;
LITMUS_IN_BOTH_MODES(GateTest);

class BiasedGateTest : public ::testing::Test {
 protected:
  /// The first thread's passage is made once and for all: no execution may be the first to do it.
  static void SetUpTestSuite() {
    litmus::prepare();
    model::explore({.preemptions = 0}, [] { Counter().make_biased(); });
  }
};

}  // namespace

TEST_P(GateTest, two_rounds_each) {
  expect_holds({.preemptions = 3, .stale = 2, .executions = 40'000}, [] {
    Counter counter;
    const auto body = [&] { counter.add(2); };
    together(body, body);
    check(counter.value.get() == 4, "each counted");
  });
}

TEST_P(GateTest, three_threads) {
  expect_holds({.preemptions = 3, .executions = 40'000, .random = 10'000}, [] {
    Counter counter;
    const auto body = [&] { counter.add(); };
    together(body, body, body);
    check(counter.value.get() == 3, "each counted");
  });
}

TEST_P(GateTest, it_may_go_after_the_last_visit) {
  expect_holds({.preemptions = 3, .stale = 2}, [] {
    auto* counter = new Counter;
    atomic<int> visitors{2};
    const auto body = [&] {
      counter->add();
      if (visitors.fetch_sub(1, acq_rel) != 1) return;
      counter->gate.close();
      delete counter;
    };
    together(body, body);
  });
}

TEST_P(GateTest, closing_waits_for_who_is_inside) {
  std::set<bool> seen;
  expect_holds({.preemptions = 3, .stale = 2},
               [&seen] { seen.insert(Counter().closes_behind_a_visitor()); });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_F(BiasedGateTest, closing_waits_for_who_is_inside) {
  std::set<bool> seen;
  expect_holds({.preemptions = 3, .stale = 2}, [&seen] {
    Counter counter;
    counter.make_biased();
    seen.insert(counter.closes_behind_a_visitor());
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_F(BiasedGateTest, the_owner_and_another) {
  expect_holds({.preemptions = 3, .stale = 2, .executions = 40'000}, [] {
    Counter counter;
    counter.make_biased();
    together([&] { counter.add(2); }, [&] { counter.add(); });
    check(counter.value.get() == 23, "each counted");
  });
}

/// Who awaits the owner looks again each millisecond, but need not.
TEST_F(BiasedGateTest, the_owner_wakes_who_awaits_it) {
  expect_holds({.preemptions = 3, .stale = 3, .events = 0}, [] {
    Counter counter;
    counter.make_biased();
    const std::int64_t begin = detail::monotonic_now();
    together([&] { counter.add(); }, [&] { counter.add(); });
    check(detail::monotonic_now() == begin, "woken");
  });
}

TEST_F(BiasedGateTest, the_owner_went_on_to_another_gate) {
  expect_holds({.preemptions = 2}, [] {
    Counter counter, next;
    counter.make_biased();
    next.make_biased();
    together(
        [&] {
          counter.add();
          next.add();
        },
        [&] { counter.add(); });
    check(counter.value.get() == 22, "each counted");
  });
}

TEST_F(BiasedGateTest, the_bias_needs_the_barrier) {
  expect_fails({.barriers = false}, "plain data", [] {
    Counter counter;
    counter.make_biased();
    together([&] { counter.add(); }, [&] { counter.add(); });
  });
}

TEST_F(BiasedGateTest, the_owner_and_two_others) {
  expect_holds({.preemptions = 2, .executions = 40'000, .random = 20'000}, [] {
    Counter counter;
    counter.make_biased();
    together([&] { counter.add(2); }, [&] { counter.add(); }, [&] { counter.add(); });
    check(counter.value.get() == 24, "each counted");
  });
}

TEST_F(BiasedGateTest, an_owner_of_one_gate_inside_another) {
  expect_holds({.preemptions = 2, .executions = 40'000}, [] {
    Counter counter, inner;
    counter.make_biased();
    inner.make_biased();
    together(
        [&] {
          const Gate::Visit visit(counter.gate);
          counter.value.set(0);
          inner.add();
          counter.value.set(0);
        },
        [&] { inner.add(); }, [&] { counter.add(); });
  });
}

TEST_F(BiasedGateTest, it_may_go_after_the_last_visit) {
  expect_holds({.preemptions = 3, .stale = 2, .executions = 40'000}, [] {
    auto* counter = new Counter;
    counter->make_biased();
    atomic<int> visitors{2};
    const auto body = [&] {
      counter->add();
      if (visitors.fetch_sub(1, acq_rel) != 1) return;
      counter->gate.close();
      delete counter;
    };
    together(body, body);
  });
}
