// Paths: notify of some, all, nobody; the order; waiters that are stopped or time out meanwhile;
// that nobody is woken for nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include <twill/sync/condition.hpp>
#include <twill/sync/hold.hpp>

#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

/// `count` threads that wait on `condition`, in line in the order of the vector.
std::vector<std::unique_ptr<Runner>> line_up(int count, twill::Condition& condition,
                                             std::function<void(int)> afterwards) {
  std::vector<std::unique_ptr<Runner>> waiters;
  for (int i = 0; i < count; ++i) {
    waiters.push_back(std::make_unique<Runner>([=, &condition] {
      const std::scoped_lock hold(condition);
      EXPECT_TRUE(condition.wait());
      afterwards(i);
    }));
    waiters.back()->until_blocked();
  }
  return waiters;
}

/// How many of `waiters` still stand in the line of `condition`.
std::ptrdiff_t in_line(const std::vector<std::unique_ptr<Runner>>& waiters,
                       const twill::Condition& condition) {
  return std::count_if(waiters.begin(), waiters.end(), [&](const auto& waiter) {
    const std::uint32_t id = waiter->id();
    return support::is_blocked(id) && twill::detail::context_of(id)->waits_for.load() == &condition;
  });
}

TEST(ConditionTest, C8_notify_wakes_the_smaller_of_n_and_the_waiters) {
  twill::Condition condition;
  std::atomic<int> woken{0};
  auto waiters = line_up(20, condition, [&](int) { ++woken; });
  const auto notify = [&](std::int64_t n) {
    const twill::Hold hold(condition);
    condition.notify(n);
    return in_line(waiters, condition);
  };
  EXPECT_EQ(notify(0), 20);
  EXPECT_EQ(notify(-1), 20);
  EXPECT_EQ(notify(INT64_MIN), 20);
  EXPECT_EQ(notify(2), 18);
  support::yield_until([&] { return woken == 2; });
  EXPECT_EQ(notify(INT64_MAX), 0);
  waiters.clear();
  EXPECT_EQ(woken, 20);
  EXPECT_EQ(notify(3), 0);
}

TEST(ConditionTest, C9_a_notify_without_waiters_is_not_remembered) {
  twill::Condition condition;
  const twill::Hold hold(condition);
  condition.notify();
  condition.notify_all();
  EXPECT_FALSE(condition.wait(1ms));
}

TEST(ConditionTest, C10_a_woken_waiter_returns_after_the_notifier_let_go) {
  twill::Lock lock;
  twill::Condition condition(lock);
  bool let_go = false;
  Runner waiter([&] {
    const std::scoped_lock hold(lock);
    condition.wait();
    EXPECT_TRUE(let_go);
  });
  waiter.until_blocked();
  lock.lock();
  condition.notify();
  waiter.until_blocked();  // now for the lock
  EXPECT_TRUE(lock.locked());
  let_go = true;
  lock.unlock();
}

TEST(ConditionTest, C11_waiters_are_woken_in_their_order) {
  twill::Condition condition;
  std::vector<int> order;
  auto waiters = line_up(6, condition, [&](int i) { order.push_back(i); });
  for (std::size_t i = 1; i <= 6; ++i) {
    const auto arrived = [&] {
      const std::scoped_lock hold(condition);
      return order.size() == i;
    };
    {
      const twill::Hold hold(condition);
      condition.notify();
    }
    support::yield_until(arrived);
  }
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4, 5}));
}

TEST(ConditionTest, C12_every_true_has_its_notify) {
  twill::Condition condition;
  int sent = 0;
  int received = 0;
  bool over = false;
  {
    std::vector<std::jthread> waiters;
    for (int i = 0; i < 4; ++i)
      waiters.emplace_back([&, i] {
        const std::scoped_lock hold(condition);
        while (!over) received += condition.wait(std::chrono::microseconds(50 * i + 1));
      });
    for (int i = 0; i < 2'000; ++i) {
      const std::scoped_lock hold(condition);
      condition.notify();
      ++sent;
    }
    const std::scoped_lock hold(condition);
    over = true;
  }
  EXPECT_LE(received, sent);
}

TEST(ConditionTest, C12_as_many_waits_are_true_as_were_notified) {
  twill::Condition condition;
  int waiting = 0;  // and not notified
  int sent = 0;
  int received = 0;
  bool over = false;
  {
    std::vector<std::jthread> waiters;
    for (int i = 0; i < 4; ++i)
      waiters.emplace_back([&] {
        const std::scoped_lock hold(condition);
        while (!over) {
          ++waiting;
          condition.wait();
          ++received;
        }
      });
    while (sent < 500) {
      std::this_thread::yield();
      const std::scoped_lock hold(condition);
      if (waiting == 0) continue;
      condition.notify();
      --waiting;
      ++sent;
    }
    const std::scoped_lock hold(condition);
    over = true;
    sent += waiting;
    condition.notify_all();
  }
  EXPECT_EQ(received, sent);
}

// Two conditions of one lock: notifies of the one are nothing to those who wait for the other.
TEST(ConditionTest, C12_nobody_is_woken_for_nothing) {
  twill::Lock lock;
  twill::Condition silent(lock);
  twill::Condition busy(lock);
  int woken = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&, i] {
        for (int n = 0; n < 300; ++n) {
          const std::scoped_lock hold(lock);
          busy.notify_all();
          if (i % 2 == 0)
            woken += silent.wait(std::chrono::microseconds(n));
          else
            busy.wait(std::chrono::microseconds(n));
        }
      });
  }
  EXPECT_EQ(woken, 0);
}

TEST(ConditionTest, a_stop_in_the_queue_does_not_swallow_a_notify) {
  twill::Condition condition;
  const auto notify = [&] {
    const std::scoped_lock hold(condition);
    condition.notify();
  };
  for (int i = 0; i < 100; ++i) {
    std::stop_source source;
    bool taken = false;
    Runner fickle([&] {
      const std::scoped_lock hold(condition);
      taken = condition.try_wait(1h, source.get_token());
    });
    fickle.until_blocked();
    auto patient = line_up(1, condition, [](int) {});
    std::jthread stopper([&] { source.request_stop(); });
    notify();
    fickle.join();
    if (taken) notify();
    patient.clear();  // a notify that fickle did not take has come to the next
  }
}

}  // namespace
