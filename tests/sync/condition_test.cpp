// Paths: both kinds of lock, taken by lock() and by acquire(); waits that end by notify, time and
// stop; the relock; destruction with and after waiters. Who is woken is in condition_wake_test.cpp.

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <mutex>
#include <thread>

#include <twill/platform/error.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/hold.hpp>

#include "park/node.hpp"
#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

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
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(condition.wait_for([] { return false; }, 20ms));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
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
