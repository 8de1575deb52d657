// Paths: all free, one busy (each position), opposite orders at full speed, different kinds of
// lock, the same lock twice, a lock that throws.

#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/acquire_all.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>

#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using support::Runner;

TEST(AcquireAllTest, takes_all_and_lets_go_of_all) {
  twill::Lock a;
  twill::RLock b;
  std::mutex c;
  twill::RWLock d;
  {
    const auto all = twill::acquire_all(a, b, c, d);
    EXPECT_TRUE(a.locked());
    EXPECT_TRUE(b.locked());
    EXPECT_FALSE(d.try_lock());
  }
  EXPECT_FALSE(a.locked());
  EXPECT_FALSE(b.locked());
  EXPECT_TRUE(c.try_lock());
  c.unlock();
}

TEST(AcquireAllTest, holds_nothing_while_it_waits) {
  twill::Lock locks[3];
  for (auto& busy : locks) {
    busy.lock();
    Runner taker([&] { const auto all = twill::acquire_all(locks[0], locks[1], locks[2]); });
    taker.until_blocked();
    for (auto& lock : locks) EXPECT_EQ(lock.locked(), &lock == &busy);
    busy.unlock();
  }
}

TEST(AcquireAllTest, a_try_that_throws_leaves_none_held) {
  struct Foreign {
    void lock() { throw std::logic_error("no"); }
    bool try_lock() { throw std::logic_error("no"); }
    void unlock() {}
  } foreign;
  twill::Lock first;
  twill::Lock second;
  EXPECT_THROW(static_cast<void>(twill::acquire_all(first, second, foreign)), std::logic_error);
  EXPECT_FALSE(first.locked());
  EXPECT_FALSE(second.locked());
}

TEST(AcquireAllTest, opposite_orders_neither_deadlock_nor_livelock) {
  twill::Lock forks[5];
  long meals = 0;
  twill::Lock counter;
  {
    std::vector<std::jthread> philosophers;
    for (int i = 0; i < 5; ++i)
      philosophers.emplace_back([&, i] {
        for (int n = 0; n < 500; ++n) {
          const auto both = twill::acquire_all(forks[i], forks[(i + 1) % 5]);
          const std::scoped_lock hold(counter);
          ++meals;
        }
      });
  }
  EXPECT_EQ(meals, 2'500);
}

TEST(AcquireAllTest, the_same_lock_twice_is_an_error) {
  twill::Lock first;
  twill::Lock twice({.name = "ledger"});
  try {
    const auto all = twill::acquire_all(first, twice, twice);
    FAIL();
  } catch (const twill::RuntimeError& error) {
    EXPECT_NE(std::string(error.what()).find("ledger"), std::string::npos);
  }
  EXPECT_FALSE(first.locked());
  EXPECT_FALSE(twice.locked());
  twill::RLock recursive;
  const auto both = twill::acquire_all(recursive, recursive);
  EXPECT_EQ(recursive.recursion_count(), 2u);
}

TEST(AcquireAllTest, a_lock_that_throws_leaves_nothing_held) {
  twill::Lock mine;
  twill::Lock free;
  mine.lock();
  EXPECT_THROW((void)twill::acquire_all(mine, free), twill::DeadlockError);
  EXPECT_THROW((void)twill::acquire_all(free, mine), twill::DeadlockError);
  EXPECT_FALSE(free.locked());
  mine.unlock();
}

}  // namespace
