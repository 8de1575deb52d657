// Paths: set with and without waiters, clear at once, waits that end by flag, time and stop, an
// event destroyed by whoever it woke.

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>

#include "park/node.hpp"
#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

TEST(EventTest, E1_set_and_clear_are_idempotent) {
  twill::Event event;
  EXPECT_FALSE(event.is_set());
  event.set();
  event.set();
  EXPECT_TRUE(event.is_set());
  event.clear();
  event.clear();
  EXPECT_FALSE(event.is_set());
}

TEST(EventTest, E2_wait_returns_true_at_once_when_set_and_else_blocks) {
  twill::Event event;
  Runner waiter([&] { EXPECT_TRUE(event.wait()); });
  waiter.until_blocked();
  event.set();
  waiter.join();
  EXPECT_TRUE(event.wait());
}

TEST(EventTest, E3_wait_with_a_timeout_is_false_if_not_set_in_time) {
  twill::Event event;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(event.wait(10ms));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 10ms);
  EXPECT_FALSE(event.try_wait());
  event.set();
  EXPECT_TRUE(event.wait(0s));
  EXPECT_TRUE(event.try_wait());
}

TEST(EventTest, E4_set_wakes_all_and_later_waits_pass_until_clear) {
  twill::Event event;
  std::atomic<int> woken{0};
  std::vector<std::unique_ptr<Runner>> waiters;
  for (int i = 0; i < 40; ++i)  // more than one batch of wake-ups
    waiters.push_back(std::make_unique<Runner>([&] { woken += event.wait(); }));
  for (auto& waiter : waiters) waiter->until_blocked();
  event.set();
  event.clear();  // takes nothing back from those who waited
  waiters.clear();
  EXPECT_EQ(woken, 40);
  EXPECT_FALSE(event.wait(0s));
  event.set();
  EXPECT_TRUE(event.wait());
}

TEST(EventTest, E6_wait_does_not_consume_the_flag) {
  twill::Event event;
  event.set();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(event.wait());
  EXPECT_TRUE(event.is_set());
}

TEST(EventTest, TO3_negative_timeouts_are_one_attempt) {
  twill::Event event;
  EXPECT_FALSE(event.wait(-1s));
  EXPECT_FALSE(event.wait(std::chrono::nanoseconds::min()));
}

TEST(EventTest, TO6_a_timeout_that_is_no_number_is_an_error_and_leaves_no_waiter) {
  twill::Event event;
  const std::chrono::duration<double> nan(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THROW(event.wait(nan), twill::ValueError);
  EXPECT_THROW(event.try_wait(nan), twill::ValueError);
  EXPECT_FALSE(twill::detail::has_waiters(&event));
}

TEST(EventTest, huge_timeouts_mean_for_ever) {
  twill::Event event;
  Runner waiter([&] { EXPECT_TRUE(event.wait(std::chrono::hours::max())); });
  waiter.until_blocked();
  event.set();
}

TEST(EventTest, a_stop_request_ends_the_wait) {
  twill::Event event;
  std::stop_source source;
  Runner throwing([&] { EXPECT_THROW(event.wait(source.get_token()), twill::CancelledError); });
  Runner trying([&] { EXPECT_FALSE(event.try_wait(1h, source.get_token())); });
  throwing.until_blocked();
  trying.until_blocked();
  source.request_stop();
  throwing.join();
  trying.join();
  event.set();
  EXPECT_TRUE(event.wait(source.get_token()));
}

TEST(EventTest, what_precedes_set_is_seen_after_wait) {
  for (int i = 0; i < 200; ++i) {
    twill::Event event;
    int value = 0;
    std::jthread setter([&] {
      value = 42;
      event.set();
    });
    event.wait();
    EXPECT_EQ(value, 42);
  }
}

TEST(EventTest, may_be_destroyed_by_whom_it_woke) {
  for (int i = 0; i < 200; ++i) {
    auto* event = new twill::Event;
    std::jthread setter([=] { event->set(); });
    event->wait();
    delete event;
  }
}

TEST(EventTest, may_be_destroyed_by_whoever_sees_the_flag) {
  for (int i = 0; i < 200; ++i) {
    auto* event = new twill::Event;
    event->wait(0s);  // leaves a mark that sends set() down its slow path
    std::jthread setter([=] { event->set(); });
    while (!event->is_set()) std::this_thread::yield();
    delete event;
  }
}

TEST(EventTest, ping_pong) {
  twill::Event ping;
  twill::Event pong;
  std::jthread other([&] {
    for (int i = 0; i < 5'000; ++i) {
      ping.wait();
      ping.clear();
      pong.set();
    }
  });
  for (int i = 0; i < 5'000; ++i) {
    ping.set();
    pong.wait();
    pong.clear();
  }
}

TEST(EventTest, is_small_and_named) {
  EXPECT_LE(sizeof(twill::Event), 32u);
  EXPECT_EQ(twill::Event({.name = "go"}).name(), "go");
  EXPECT_TRUE(twill::Event().name().starts_with("Event#"));
}

}  // namespace
