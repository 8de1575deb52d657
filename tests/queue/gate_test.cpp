// Gate: by the word, by bias, revoked from outside, from within another gate, after its owner's
// end; with sleepers before it; closed while somebody is leaving.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include <twill/queue/gate.hpp>

#include "support/sanitizers.hpp"

namespace {

using twill::detail::Gate;

constexpr int kRounds = support::kThreadSanitizer ? 20'000 : 200'000;

TEST(GateTest, lets_one_in_at_a_time) {
  Gate gate;
  int count = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < kRounds; ++i) {
          const Gate::Visit visit(gate);
          ++count;
        }
      });
  }
  EXPECT_EQ(count, 4 * kRounds);
}

TEST(GateTest, a_bias_can_be_revoked_at_any_moment) {
  for (int round = 0; round < kRounds / 400; ++round) {
    Gate gate;
    int count = 0;
    std::atomic<bool> stop{false};
    int mine = 0;
    std::jthread owner([&] {
      while (!stop.load(std::memory_order_relaxed) || mine < 100) {
        const Gate::Visit visit(gate);
        ++count;
        ++mine;
      }
    });
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < round % 50; ++j) std::this_thread::yield();
      const Gate::Visit visit(gate);
      ++count;
    }
    stop = true;
    owner.join();
    EXPECT_EQ(count, mine + 3);
  }
}

TEST(GateTest, one_may_be_inside_two_gates) {
  Gate outer;
  Gate inner;
  int count = 0;
  for (int i = 0; i < 1000; ++i) {
    const Gate::Visit first(outer);
    const Gate::Visit second(inner);
    ++count;
  }
  std::jthread([&] {
    const Gate::Visit second(inner);
    const Gate::Visit first(outer);
    ++count;
  }).join();
  EXPECT_EQ(count, 1001);
}

TEST(GateTest, the_bias_of_an_ended_thread_is_taken_over) {
  Gate gate;
  int count = 0;
  for (int t = 0; t < 50; ++t)
    std::jthread([&] {
      for (int i = 0; i < 100; ++i) {
        const Gate::Visit visit(gate);
        ++count;
      }
    }).join();
  EXPECT_EQ(count, 5000);
}

TEST(GateTest, close_waits_for_whoever_is_leaving) {
  for (int round = 0; round < kRounds / 100; ++round) {
    auto gate = std::make_unique<Gate>();
    std::atomic<int> done{0};
    std::jthread owner([raw = gate.get(), &done, round] {
      for (int i = 0; i < 20 + round % 20; ++i) {
        const Gate::Visit visit(*raw);
        done.fetch_add(1, std::memory_order_release);
      }
    });
    while (done.load(std::memory_order_acquire) < 20 + round % 20) std::this_thread::yield();
    gate->close();
    gate.reset();
  }
}

/// Forks while another thread is inside, after so many visits of its own, and comes to the gate.
void come_after_fork(int visits_before) {
  Gate gate;
  std::atomic<bool> inside{false};
  std::atomic<bool> over{false};
  std::jthread other([&] {
    for (int i = 0; i < visits_before; ++i) const Gate::Visit visit(gate);
    const Gate::Visit visit(gate);
    inside = true;
    while (!over) std::this_thread::yield();
  });
  while (!inside) std::this_thread::yield();
  EXPECT_DEATH(const Gate::Visit visit(gate), "a queue cannot be used after the fork");
  EXPECT_EXIT(std::exit(gate.close() ? 1 : 0), testing::ExitedWithCode(0), "");
  over = true;
}

TEST(GateDeathTest, a_fork_leaves_somebody_inside) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "threads before a fork";
  come_after_fork(0);
  come_after_fork(100);
}

}  // namespace
