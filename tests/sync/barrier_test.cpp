// Paths: full trips, with and without an action; breaking by time, stop, abort, a throwing action;
// reset while filling, broken and empty; a thread that comes back before the others left.

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/barrier.hpp>

#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

/// `count` threads that wait at `barrier` and are told that it broke.
std::vector<std::unique_ptr<Runner>> broken_waiters(int count, twill::Barrier& barrier) {
  std::vector<std::unique_ptr<Runner>> waiters;
  for (int i = 0; i < count; ++i) {
    waiters.push_back(
        std::make_unique<Runner>([&] { EXPECT_THROW(barrier.wait(), twill::BrokenBarrierError); }));
    waiters.back()->until_blocked();
  }
  return waiters;
}

TEST(BarrierTest, B1_less_than_one_party_is_an_error) {
  EXPECT_THROW(twill::Barrier(0), twill::ValueError);
  try {
    twill::Barrier barrier(-3, {.name = "start"});
    FAIL();
  } catch (const twill::ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("'start'"), std::string::npos);
  }
}

TEST(BarrierTest, B2_wait_blocks_until_all_parties_wait) {
  twill::Barrier barrier(3);
  Runner first([&] { barrier.wait(); });
  first.until_blocked();
  Runner second([&] { barrier.wait(); });
  second.until_blocked();
  EXPECT_FALSE(first.done());
  EXPECT_EQ(barrier.wait(), 2);
}

TEST(BarrierTest, B3_the_answer_is_the_order_of_arrival) {
  twill::Barrier barrier(4);
  std::vector<std::unique_ptr<Runner>> others;
  for (std::int64_t i = 0; i < 3; ++i) {
    others.push_back(std::make_unique<Runner>([&, i] { EXPECT_EQ(barrier.wait(), i); }));
    others.back()->until_blocked();
    EXPECT_EQ(barrier.n_waiting(), i + 1);
  }
  EXPECT_EQ(barrier.wait(), 3);
}

TEST(BarrierTest, B4_the_action_runs_once_a_trip_in_the_last_arriver) {
  int runs = 0;
  std::thread::id runner;
  std::atomic<bool> somebody_left{false};
  twill::Barrier barrier(2, {.action = [&] {
                           ++runs;
                           runner = std::this_thread::get_id();
                           EXPECT_FALSE(somebody_left);
                         }});
  Runner other([&] {
    barrier.wait();
    somebody_left = true;
    EXPECT_EQ(runs, 1);
  });
  other.until_blocked();
  barrier.wait();
  somebody_left = true;
  EXPECT_EQ(runner, std::this_thread::get_id());
}

TEST(BarrierTest, B5_threads_go_in_lockstep) {
  constexpr int kThreads = 4;
  constexpr int kTrips = 500;
  twill::Barrier barrier(kThreads);
  std::atomic<int> trips[kThreads]{};
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      for (int trip = 0; trip < kTrips; ++trip) {
        trips[i] = trip;
        barrier.wait();
        for (const auto& other : trips) {
          EXPECT_GE(other, trip);
          EXPECT_LE(other, trip + 1);
        }
      }
    });
}

TEST(BarrierTest, B6_a_timeout_breaks_the_barrier_for_all) {
  twill::Barrier barrier(4);
  auto others = broken_waiters(2, barrier);
  EXPECT_THROW(barrier.wait(5ms), twill::BrokenBarrierError);
  EXPECT_TRUE(barrier.broken());
}

TEST(BarrierTest, B7_the_constructors_timeout_is_the_default) {
  twill::Barrier barrier(2, {.timeout = 5ms});
  EXPECT_THROW(barrier.wait(), twill::BrokenBarrierError);
  twill::Barrier patient(2, {.timeout = 1ms});
  Runner other([&] { EXPECT_EQ(patient.wait(1h), 0); });
  other.until_blocked();
  EXPECT_EQ(patient.wait(), 1);
}

TEST(BarrierTest, B8_wait_on_a_broken_barrier_fails_at_once) {
  twill::Barrier barrier(2, {.name = "start"});
  barrier.abort();
  try {
    barrier.wait();
    FAIL();
  } catch (const twill::BrokenBarrierError& error) {
    EXPECT_NE(std::string(error.what()).find("'start'"), std::string::npos);
  }
}

TEST(BarrierTest, B9_abort_breaks_it_until_reset) {
  twill::Barrier barrier(3);
  auto others = broken_waiters(2, barrier);
  barrier.abort();
  others.clear();
  EXPECT_THROW(barrier.wait(), twill::BrokenBarrierError);
  EXPECT_EQ(barrier.n_waiting(), 0);
  barrier.reset();
  EXPECT_FALSE(barrier.broken());
  Runner first([&] { barrier.wait(); });
  Runner second([&] { barrier.wait(); });
  barrier.wait();
}

TEST(BarrierTest, B9_reset_while_filling_sends_waiters_away_and_mends) {
  twill::Barrier barrier(3);
  auto others = broken_waiters(2, barrier);
  barrier.reset();
  others.clear();
  EXPECT_FALSE(barrier.broken());
  EXPECT_EQ(barrier.n_waiting(), 0);
}

TEST(BarrierTest, B12_n_waiting_counts_only_while_filling) {
  twill::Barrier barrier(2);
  EXPECT_EQ(barrier.parties(), 2);
  EXPECT_EQ(barrier.n_waiting(), 0);
  Runner other([&] { barrier.wait(); });
  other.until_blocked();
  EXPECT_EQ(barrier.n_waiting(), 1);
  barrier.wait();
  EXPECT_EQ(barrier.n_waiting(), 0);
  EXPECT_EQ(barrier.parties(), 2);
}

TEST(BarrierTest, B13_a_barrier_of_one_never_blocks) {
  int runs = 0;
  twill::Barrier barrier(1, {.action = [&] { ++runs; }});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(barrier.wait(), 0);
  EXPECT_EQ(runs, 3);
}

TEST(BarrierTest, a_throwing_action_reaches_its_thread_and_breaks_the_barrier) {
  twill::Barrier barrier(2, {.action = [] { throw std::string("boom"); }});
  auto others = broken_waiters(1, barrier);
  EXPECT_THROW(barrier.wait(), std::string);
  EXPECT_TRUE(barrier.broken());
  others.clear();
  barrier.reset();
  EXPECT_FALSE(barrier.broken());
}

TEST(BarrierTest, an_action_that_waits_at_its_own_barrier_is_an_error_and_no_hang) {
  twill::Barrier* itself = nullptr;
  twill::Barrier barrier(1, {.action = [&] { itself->wait(); }});
  itself = &barrier;
  EXPECT_THROW(barrier.wait(), twill::DeadlockError);
  EXPECT_TRUE(barrier.broken());
}

TEST(BarrierTest, a_stop_request_ends_the_wait_and_breaks_the_barrier) {
  twill::Barrier barrier(3);
  std::stop_source source;
  auto others = broken_waiters(1, barrier);
  Runner stopped([&] { EXPECT_THROW(barrier.wait(source.get_token()), twill::CancelledError); });
  stopped.until_blocked();
  source.request_stop();
  stopped.join();
  EXPECT_TRUE(barrier.broken());
}

TEST(BarrierTest, TO3_a_timeout_of_zero_does_not_wait_for_others) {
  twill::Barrier barrier(2);
  EXPECT_THROW(barrier.wait(-1s), twill::BrokenBarrierError);
  EXPECT_TRUE(barrier.broken());
  barrier.reset();
  Runner other([&] { EXPECT_EQ(barrier.wait(1h), 0); });
  other.until_blocked();
  EXPECT_EQ(barrier.wait(0s), 1);  // the last has nobody to wait for
}

// A trip that was full is not undone by what happens while its threads are still leaving.
TEST(BarrierTest, breaking_the_next_trip_does_not_break_the_last) {
  for (int i = 0; i < 100; ++i) {
    twill::Barrier barrier(3);
    std::vector<std::unique_ptr<Runner>> others;
    for (int n = 0; n < 2; ++n)
      others.push_back(std::make_unique<Runner>([&] { EXPECT_NO_THROW(barrier.wait()); }));
    EXPECT_NO_THROW(barrier.wait());
    if (i % 2 == 0)
      barrier.abort();
    else
      EXPECT_THROW(barrier.wait(0s), twill::BrokenBarrierError);
  }
}

TEST(BarrierTest, is_named) {
  EXPECT_EQ(twill::Barrier(1, {.name = "start"}).name(), "start");
  EXPECT_TRUE(twill::Barrier(1).name().starts_with("Barrier#"));
}

TEST(BarrierDeathTest, destroying_it_with_waiters_aborts) {
  EXPECT_DEATH(
      {
        auto barrier = std::make_unique<twill::Barrier>(2, twill::BarrierOptions{.name = "gate"});
        Runner waiter([&] { barrier->wait(); });
        waiter.until_blocked();
        barrier.reset();
      },
      "twill: Barrier 'gate' .*is destroyed while threads wait for it");
}

}  // namespace
