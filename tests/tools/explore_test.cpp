// Paths: each kind of finding, its table and its replay; the cures, which stay silent; sleeps and
// timeouts; threads that outlive the body, that spin, that cannot be ended gently; bad input.

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/thread/thread.hpp>
#include <twill/thread/threading.hpp>
#include <twill/thread/timer.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/explore.hpp>
#include <twill/tools/shared.hpp>

#include "tools/findings.hpp"
#include "tools/patterns.hpp"

namespace {

using namespace std::chrono_literals;
using findings::check_fails;
using findings::deadlocks;
using twill::check;
using twill::explore;
using twill::Hold;
using twill::Shared;
using twill::Thread;

void pay_with_lock() {
  twill::Lock lock;
  Shared<int> balance(10'000, "balance");
  const auto pay = [&](int sum) {
    const Hold hold(lock);
    balance += sum;
  };
  patterns::run({[&] { pay(2'000); }, [&] { pay(-1'000); }});
  check(balance == 11'000);
}

TEST(ExploreTest, a_lost_update_is_told_step_by_step) {
  const auto found = explore(check_fails);
  EXPECT_FALSE(found);
  EXPECT_EQ(found.failure.substr(0, 29), "check failed at findings.cpp:");
  if (std::ifstream(__FILE__)) {  // run where it was built
    EXPECT_NE(found.failure.find("check(balance == 11'000)"), std::string::npos) << found.failure;
  }
  EXPECT_EQ(found.table,
            " step  main           company      ebay        balance\n"
            "    1  start company\n"
            "    2  start ebay\n"
            "    3                 read 10000               10000\n"
            "    4                              read 10000  10000\n"
            "    5                              write 9000  9000\n"
            "    6                 write 12000              12000\n"
            "    7  join company\n"
            "    8  join ebay\n"
            "    9  read 12000                              12000\n");
}

TEST(ExploreTest, a_replay_shows_the_same) {
  for (const auto& body : {check_fails, deadlocks}) {
    const auto found = explore(body);
    ASSERT_FALSE(found);
    EXPECT_LE(found.replay.size(), 16u);
    const auto again = explore(body, {.replay = found.replay});
    EXPECT_EQ(again.failure, found.failure);
    EXPECT_EQ(again.table, found.table);
  }
}

TEST(ExploreTest, the_cure_is_searched_to_the_end) {
  const auto found = explore(pay_with_lock);
  EXPECT_TRUE(found) << found.report();
  EXPECT_TRUE(found.exhaustive);
  EXPECT_NE(found.report().find("explored all"), std::string::npos);
}

TEST(ExploreTest, a_deadlock_names_threads_and_locks) {
  const auto found = explore(deadlocks);
  EXPECT_EQ(found.failure.substr(0, 8), "deadlock");
  EXPECT_NE(found.failure.find("one waits for b at findings.cpp"), std::string::npos);
  EXPECT_NE(found.failure.find("two holds it since findings.cpp"), std::string::npos);
  EXPECT_NE(found.failure.find("main waits for one"), std::string::npos) << found.failure;
}

TEST(ExploreTest, a_wake_up_that_comes_too_early_is_lost) {
  const auto found = explore([] {
    twill::Lock lock;
    twill::Condition changed(lock, {.name = "changed"});
    bool ready = false;
    Thread waiter([&] {
      lock.lock();
      const bool must_wait = !ready;
      lock.unlock();
      const Hold hold(lock);
      if (must_wait) changed.wait();
    });
    waiter.start();
    {
      const Hold hold(lock);
      ready = true;
      changed.notify();
    }
    waiter.join();
  });
  EXPECT_NE(found.failure.find("Thread-1 waits for changed"), std::string::npos) << found.failure;
}

TEST(ExploreTest, a_race_is_reported_if_nothing_worse_is_found) {
  const auto found = explore([] {
    Shared<int> x(0, "x");
    Thread other([&] { x = 1; });
    other.start();
    x = 2;
    other.join();
  });
  EXPECT_EQ(found.failure.substr(0, 14), "data race: x i") << found.failure;
  EXPECT_NE(found.failure.find("explore_test.cpp"), std::string::npos) << found.failure;
  EXPECT_EQ(explore(check_fails).failure.find("race"), std::string::npos);
}

TEST(ExploreTest, an_exception_that_nobody_catches_is_found) {
  const auto in_thread = explore([] {
    Thread thread([] { throw std::runtime_error("oops"); });
    thread.start();
    thread.join();
  });
  EXPECT_EQ(in_thread.failure, "an exception left Thread-1: oops");
  const auto in_body = explore([] { throw std::runtime_error("dear me"); });
  EXPECT_EQ(in_body.failure, "an exception left the body: dear me");
}

// Time.

TEST(ExploreTest, sleeps_cost_nothing_and_timeouts_come_or_do_not) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<bool> seen(2);
  const auto found = explore([&] {
    twill::Event ready;
    const auto before = twill::now();
    Thread waiter([&] { seen[ready.wait(1h) ? 1 : 0] = true; });
    waiter.start();
    twill::sleep(30min);
    check(twill::now() - before >= 30min);
    ready.set();
    waiter.join();
  });
  EXPECT_TRUE(found) << found.report();
  EXPECT_TRUE(seen[0] && seen[1]);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10min);
}

// What does not end by itself.

TEST(ExploreTest, a_thread_that_outlives_the_body_is_named) {
  const auto found = explore([] {
    static twill::Event* never = nullptr;
    never = new twill::Event;
    Thread daemon({.name = "straggler", .daemon = true}, [event = never] {
      try {
        event->wait();
      } catch (const twill::DeadlockError&) {
      }
      delete event;
    });
    daemon.start();
  });
  EXPECT_NE(found.failure.find("while straggler still runs"), std::string::npos) << found.failure;
  EXPECT_EQ(twill::active_count(), 1u);
}

TEST(ExploreTest, one_who_spins_for_ever_is_given_up) {
  const auto found = explore(
      [] {
        twill::Lock lock;
        lock.lock();
        Thread spinner([&] {
          while (!lock.try_lock()) {
          }
          lock.unlock();
        });
        spinner.start();
        spinner.join();
        lock.unlock();
      },
      {.steps = 500});
  EXPECT_EQ(found.failure.substr(0, 22), "livelock: no end after") << found.failure;
  EXPECT_EQ(twill::active_count(), 1u);
}

TEST(ExploreTest, a_body_that_depends_on_something_else_is_refused) {
  int times = 0;
  const auto found = explore([&] {
    twill::Lock lock;
    Thread other([&] {
      for (int i = 0; i < times; ++i) {
        const Hold hold(lock);
      }
    });
    other.start();
    ++times;
    const Hold hold(lock);
  });
  EXPECT_NE(found.failure.find("went differently the second time"), std::string::npos)
      << found.failure;
}

// A timer's time may be over at any moment, or not for long.
TEST(ExploreTest, a_timer_rings_or_is_cancelled) {
  bool rang = false;
  bool cancelled = false;
  const auto found = explore([&] {
    bool ran = false;
    twill::Timer timer(1s, [&ran] { ran = true; });
    timer.start();
    check(timer.is_alive() || ran);
    const bool in_time = timer.cancel();
    check(!in_time || !timer.is_alive());
    timer.join();
    check(ran == !in_time);
    (in_time ? cancelled : rang) = true;
  });
  EXPECT_TRUE(found.exhaustive) << found.report();
  EXPECT_TRUE(rang && cancelled);
  EXPECT_EQ(twill::active_count(), 1u);
}

TEST(ExploreTest, a_timer_races_with_who_has_set_it) {
  const auto found = explore([] {
    Shared count(0, "count");
    twill::Timer timer({.name = "alarm"}, 1s, [&count] { ++count; });
    timer.start();
    ++count;
    timer.join();
  });
  EXPECT_EQ(found.finding, twill::Finding::data_race) << found.report();
  EXPECT_NE(found.failure.find("by alarm at"), std::string::npos) << found.failure;
}

TEST(ExploreTest, two_timers_ring_in_either_order) {
  bool seen[2] = {};
  const auto found = explore([&] {
    twill::Atomic last(0, "last");
    twill::Timer early(1s, [&] { last = 1; }), late(2s, [&] { last = 2; });
    late.start(), early.start();
    late.join(), early.join();
    seen[last - 1] = true;
  });
  EXPECT_TRUE(found) << found.report();
  EXPECT_TRUE(seen[0] && seen[1]);
}

// Round an exploration.

TEST(ExploreTest, all_is_as_before_afterwards) {
  const auto next_name = [] { return Thread([] {}).name(); };
  const std::string before = next_name();
  explore(deadlocks);
  const std::string after = next_name();
  EXPECT_EQ(std::stoi(after.substr(7)), std::stoi(before.substr(7)) + 1);
  EXPECT_EQ(twill::active_count(), 1u);
  int ran = 0;
  Thread real([&] { ++ran; });
  real.start();
  real.join();
  EXPECT_EQ(ran, 1);
}

TEST(ExploreTest, a_check_outside_of_an_exploration_throws) {
  EXPECT_NO_THROW(check(true));
  EXPECT_THROW(check(1 > 2), twill::RuntimeError);
}

TEST(ExploreTest, one_at_a_time) {
  const auto found = explore([] { explore([] {}); });
  EXPECT_NE(found.failure.find("while another exploration runs"), std::string::npos)
      << found.failure;
}

TEST(ExploreTest, a_replay_of_something_else_is_refused) {
  EXPECT_THROW(explore(deadlocks, {.replay = "1.x"}), twill::ValueError);
  EXPECT_THROW(explore(deadlocks, {.replay = "~9999999999"}), twill::ValueError);
  EXPECT_THROW(explore(deadlocks, {.replay = "9.9.9"}), twill::ValueError);
  EXPECT_EQ(twill::active_count(), 1u);
}

}  // namespace
