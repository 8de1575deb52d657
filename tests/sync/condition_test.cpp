// Paths: both kinds of lock, taken by lock() and by acquire(); waits that end by notify, time and
// stop; notify of some, all, nobody; the relock; destruction with and after waiters.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/hold.hpp>

#include "park/node.hpp"
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
    return support::is_blocked(id) &&
           twill::detail::context_of(id)->waits_for.load() == &condition;
  });
}

TEST(ConditionTest, C1_the_default_lock_is_an_rlock) {
  twill::Condition condition;
  const twill::Hold once(condition);
  const twill::Hold again(condition);
  EXPECT_TRUE(condition.locked());
}

TEST(ConditionTest, C1_conditions_may_share_a_lock) {
  const auto check = [](auto& lock) {
    twill::Condition first(lock);
    twill::Condition second(lock);
    Runner waiter([&] {
      const std::scoped_lock hold(lock);
      EXPECT_TRUE(second.wait());
    });
    waiter.until_blocked();
    {
      const std::scoped_lock hold(lock);
      first.notify_all();  // reaches nobody
      EXPECT_TRUE(twill::detail::has_waiters(&second));
      EXPECT_TRUE(first.locked());
      EXPECT_TRUE(second.locked());
      second.notify();
    }
    waiter.join();
  };
  twill::Lock lock;
  twill::RLock rlock;
  check(lock);
  check(rlock);
}

TEST(ConditionTest, C2_acquire_release_and_guards_are_those_of_the_lock) {
  twill::Lock lock;
  twill::Condition condition(lock);
  EXPECT_TRUE(condition.acquire());
  EXPECT_TRUE(lock.locked());
  EXPECT_FALSE(condition.acquire(false));
  EXPECT_FALSE(condition.acquire(1ms));
  EXPECT_FALSE(condition.try_lock());
  condition.release();
  EXPECT_FALSE(condition.locked());
  EXPECT_THROW(condition.release(), twill::RuntimeError);
  try {
    const twill::Hold hold(condition);
    throw 1;
  } catch (int) {
  }
  EXPECT_FALSE(lock.locked());
}

TEST(ConditionTest, C3_wait_and_notify_need_the_lock) {
  twill::Lock lock;
  twill::Condition on_lock(lock, {.name = "not empty"});
  twill::Condition on_rlock({.name = "not full"});
  for (auto* condition : {&on_lock, &on_rlock}) {
    EXPECT_THROW(condition->wait(), twill::RuntimeError);
    EXPECT_THROW(condition->wait(1ms), twill::RuntimeError);
    EXPECT_THROW(condition->wait_for([] { return false; }), twill::RuntimeError);
    EXPECT_THROW(condition->notify_all(), twill::RuntimeError);
    try {
      condition->notify();
      FAIL();
    } catch (const twill::RuntimeError& error) {
      EXPECT_NE(std::string(error.what()).find(condition->name()), std::string::npos);
    }
  }
  lock.lock();
  std::thread([&] { EXPECT_THROW(on_lock.notify(), twill::RuntimeError); }).join();
  lock.unlock();
  on_rlock.lock();
  std::thread([&] {
    EXPECT_THROW(on_rlock.notify(), twill::RuntimeError);
    EXPECT_THROW(on_rlock.wait(1ms), twill::RuntimeError);
  }).join();
  on_rlock.unlock();
}

TEST(ConditionTest, C3_a_lock_taken_by_acquire_may_be_anybodys) {
  twill::Lock lock;
  twill::Condition condition(lock);
  condition.acquire();
  EXPECT_FALSE(condition.wait(1ms));
  condition.notify();
  std::thread([&] { condition.notify(); }).join();
  condition.release();
}

TEST(ConditionTest, C5_a_notify_under_the_lock_is_never_lost) {
  twill::Condition condition;
  for (int i = 0; i < 200; ++i) {
    bool waits = false;
    std::jthread waiter([&] {
      const std::scoped_lock hold(condition);
      waits = true;
      condition.wait();
    });
    for (bool notified = false; !notified; std::this_thread::yield()) {
      const std::scoped_lock hold(condition);
      if (waits) condition.notify(), notified = true;
    }
  }
}

TEST(ConditionTest, C6_wait_tells_whether_it_was_notified) {
  twill::Condition condition;
  const twill::Hold hold(condition);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(condition.wait(10ms));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 10ms);
  EXPECT_FALSE(condition.wait(0s));
  EXPECT_FALSE(condition.wait(-1s));
  EXPECT_FALSE(condition.try_wait());
  Runner notifier([&] {
    const std::scoped_lock inner(condition);
    condition.notify();
  });
  EXPECT_TRUE(condition.wait(1h));
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

TEST(ConditionTest, C14_wait_for_answers_the_last_value_of_the_predicate) {
  twill::Condition condition;
  std::unique_ptr<int> item;
  Runner producer([&] {
    const std::scoped_lock hold(condition);
    item = std::make_unique<int>(7);
    condition.notify();
  });
  const twill::Hold hold(condition);
  const std::unique_ptr<int> got = condition.wait_for([&] {
    EXPECT_TRUE(condition.locked());
    return std::move(item);
  });
  EXPECT_EQ(*got, 7);
  EXPECT_EQ(condition.wait_for([] { return 42; }, 0s), 42);
  EXPECT_EQ(condition.wait_for([] { return 0; }, 1ms), 0);
  EXPECT_EQ(condition.try_wait_for([] { return 0; }), 0);
}

TEST(ConditionTest, C14_the_timeout_bounds_the_sum_of_the_waits) {
  twill::Condition condition;
  std::atomic<bool> over{false};
  std::jthread nuisance([&] {
    while (!over) {
      const std::scoped_lock hold(condition);
      condition.notify_all();
    }
  });
  {
    const std::scoped_lock hold(condition);
    EXPECT_FALSE(condition.wait_for([] { return false; }, 20ms));
  }
  over = true;
}

TEST(ConditionTest, C14_what_the_predicate_throws_comes_out_and_the_lock_stays_held) {
  twill::Lock lock;
  twill::Condition condition(lock);
  const std::scoped_lock hold(lock);
  int calls = 0;
  const auto predicate = [&] { return ++calls == 2 ? throw 42 : false; };
  EXPECT_THROW(condition.wait_for(predicate, 1ms), int);
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(lock.locked());
  EXPECT_FALSE(twill::detail::has_waiters(&condition));
}

TEST(ConditionTest, C17_an_rlock_is_let_go_entirely_and_held_as_deep_again) {
  twill::RLock lock;
  twill::Condition condition(lock);
  Runner waiter([&] {
    for (int i = 0; i < 3; ++i) lock.lock();
    EXPECT_TRUE(condition.wait());
    EXPECT_EQ(lock.recursion_count(), 3u);
    EXPECT_FALSE(condition.wait(1ms));
    EXPECT_EQ(lock.recursion_count(), 3u);
    for (int i = 0; i < 3; ++i) lock.unlock();
  });
  waiter.until_blocked();
  EXPECT_FALSE(lock.locked());
  const std::scoped_lock hold(condition);
  condition.notify();
}

TEST(ConditionTest, TO6_a_timeout_that_is_no_number_is_an_error_and_leaves_no_waiter) {
  twill::Condition condition;
  const std::chrono::duration<double> nan(std::numeric_limits<double>::quiet_NaN());
  const twill::Hold hold(condition);
  EXPECT_THROW(condition.wait(nan), twill::ValueError);
  EXPECT_THROW(condition.wait_for([] { return false; }, nan), twill::ValueError);
  EXPECT_FALSE(twill::detail::has_waiters(&condition));
}

TEST(ConditionTest, a_stop_request_ends_the_wait_with_the_lock_held) {
  twill::Lock lock;
  twill::Condition condition(lock);
  std::stop_source source;
  const auto token = source.get_token();
  Runner throwing([&] {
    const std::scoped_lock hold(lock);
    EXPECT_THROW(condition.wait(token), twill::CancelledError);
    EXPECT_TRUE(lock.locked());
    EXPECT_THROW(condition.wait_for([] { return false; }, token), twill::CancelledError);
    EXPECT_FALSE(condition.try_wait_for([] { return false; }, 1h, token));
  });
  Runner trying([&] {
    const std::scoped_lock hold(lock);
    EXPECT_FALSE(condition.try_wait(1h, token));
  });
  throwing.until_blocked();
  trying.until_blocked();
  source.request_stop();
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

TEST(ConditionDeathTest, destroying_it_with_waiters_aborts) {
  twill::Lock lock;
  EXPECT_DEATH(
      {
        auto condition = std::make_unique<twill::Condition>(lock, twill::ConditionOptions{"empty"});
        Runner waiter([&] {
          lock.lock();
          condition->wait();
        });
        waiter.until_blocked();
        condition.reset();
      },
      "twill: Condition 'empty' .*is destroyed while threads wait for it");
}

TEST(ConditionTest, may_be_destroyed_once_all_waiters_were_notified) {
  for (int i = 0; i < 100; ++i) {
    twill::Lock lock;
    auto condition = std::make_unique<twill::Condition>(lock);
    Runner waiter([&] {
      const std::scoped_lock hold(lock);
      EXPECT_TRUE(condition->wait());
    });
    waiter.until_blocked();
    lock.lock();
    condition->notify_all();
    condition.reset();
    lock.unlock();
  }
}

TEST(ConditionTest, is_small_and_named) {
  EXPECT_LE(sizeof(twill::Condition), 32u);
  EXPECT_EQ(twill::Condition({.name = "full"}).name(), "full");
  EXPECT_TRUE(twill::Condition().name().starts_with("Condition#"));
}

}  // namespace
