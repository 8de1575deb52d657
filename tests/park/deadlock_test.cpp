// Paths: cycles of one, two and five, through Lock, RLock, RWLock writers and readers; who the
// victim is; what the report says; cycles that are only suspected; owners that are gone. The whole
// process is in standstill_test.cpp, what is no deadlock in false_positive_test.cpp.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>

#include "park/context.hpp"
#include "park/text.hpp"
#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using support::contains;
using namespace std::chrono_literals;
using support::Runner;

std::string place(int line) { return "deadlock_test.cpp:" + std::to_string(line); }

void name_self(const char* name) { twill::detail::set_name(twill::detail::self_context(), name); }

/// How many of the threads of a ring get DeadlockError, and the text of the last. Thread number i
/// takes lock i, waits until all have taken theirs, and takes lock i + 1.
template <class L>
std::pair<int, std::string> ring(int size) {
  std::vector<std::unique_ptr<L>> locks;
  for (int i = 0; i < size; ++i) locks.push_back(std::make_unique<L>());
  std::atomic<int> ready{0};
  std::atomic<int> victims{0};
  std::string text;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < size; ++i)
      threads.emplace_back([&, i] {
        const std::lock_guard first(*locks[static_cast<std::size_t>(i)]);
        ++ready;
        support::yield_until([&] { return ready == size; });
        try {
          const std::lock_guard second(*locks[static_cast<std::size_t>((i + 1) % size)]);
        } catch (const twill::DeadlockError& error) {
          ++victims;
          text = error.what();
        }
      });
  }
  return {victims.load(), text};
}

TEST(DeadlockTest, self_lock_names_thread_lock_and_lines) {
  twill::Lock lock({.name = "ledger"});
  const int taken = __LINE__ + 1;
  lock.lock();
  try {
    lock.lock();
    FAIL();
  } catch (const twill::DeadlockError& error) {
    const std::string text = error.what();
    EXPECT_TRUE(contains(text, "MainThread waits for Lock 'ledger'")) << text;
    EXPECT_TRUE(contains(text, "at " + place(taken + 2))) << text;
    EXPECT_TRUE(contains(text, "since " + place(taken))) << text;
  }
  lock.unlock();
}

// Two locks taken by consecutive statements must not be confused: each site has its own line.
TEST(DeadlockTest, every_acquisition_has_its_own_line) {
  twill::Lock first;
  twill::Lock second;
  const int line = __LINE__ + 1;
  first.lock();
  second.lock();
  const auto since = [](twill::Lock& lock) {
    try {
      lock.lock();
    } catch (const twill::DeadlockError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_TRUE(contains(since(first), "since " + place(line)));
  EXPECT_TRUE(contains(since(second), "since " + place(line + 1)));
  first.unlock();
  second.unlock();
}

TEST(DeadlockTest, abba_has_one_victim_and_the_report_says_everything) {
  twill::Lock a({.name = "a"});
  twill::Lock b({.name = "b"});
  std::atomic<int> ready{0};
  std::atomic<int> victims{0};
  std::string text;
  std::array<int, 2> taken{};
  std::array<int, 2> wanted{};
  const auto run = [&](const char* name, std::size_t which, twill::Lock& mine, twill::Lock& other) {
    name_self(name);
    taken[which] = __LINE__ + 1;
    const twill::Hold hold(mine);
    ++ready;
    support::yield_until([&] { return ready == 2; });
    try {
      wanted[which] = __LINE__ + 1;
      const twill::Hold both(other);
    } catch (const twill::DeadlockError& error) {
      ++victims;
      text = error.what();
    }
  };
  {
    std::jthread alice([&] { run("alice", 0, a, b); });
    std::jthread bob([&] { run("bob", 1, b, a); });
  }
  EXPECT_EQ(victims, 1);
  EXPECT_TRUE(contains(text, "deadlock: 2 threads wait for each other")) << text;
  EXPECT_TRUE(contains(text, "alice waits for Lock 'b'")) << text;
  EXPECT_TRUE(contains(text, "bob waits for Lock 'a'")) << text;
  EXPECT_TRUE(contains(text, "at " + place(wanted[0]))) << text;
  EXPECT_TRUE(contains(text, "since " + place(taken[0]))) << text;
  EXPECT_TRUE(contains(text, "made at deadlock_test.cpp")) << text;
}

TEST(DeadlockTest, the_guards_of_std_are_seen_through) {
  twill::Lock lock;
  twill::RWLock table;
  const int taken = __LINE__ + 1;
  const std::scoped_lock guard(lock);
  try {
    const std::unique_lock again(lock);
    FAIL();
  } catch (const twill::DeadlockError& error) {
    EXPECT_TRUE(contains(error.what(), "since " + place(taken))) << error.what();
    EXPECT_TRUE(contains(error.what(), "at " + place(taken + 2))) << error.what();
  }
  const std::shared_lock reading(table);
  try {
    const std::lock_guard writing(table);
    FAIL();
  } catch (const twill::DeadlockError& error) {
    EXPECT_TRUE(contains(error.what(), "since " + place(taken + 8))) << error.what();
    EXPECT_TRUE(contains(error.what(), "at " + place(taken + 10))) << error.what();
  }
}

TEST(DeadlockTest, the_lock_of_a_condition_is_reported_with_the_users_lines) {
  twill::Lock lock;
  twill::Condition condition(lock);
  const int taken = __LINE__ + 1;
  const std::scoped_lock guard(condition);
  try {
    condition.lock();
    FAIL();
  } catch (const twill::DeadlockError& error) {
    EXPECT_TRUE(contains(error.what(), "since " + place(taken))) << error.what();
    EXPECT_TRUE(contains(error.what(), "at " + place(taken + 2))) << error.what();
  }
}

TEST(DeadlockTest, a_ring_of_five_locks_has_one_victim) {
  const auto [victims, text] = ring<twill::Lock>(5);
  EXPECT_EQ(victims, 1);
  EXPECT_TRUE(contains(text, "5 threads wait for each other")) << text;
}

TEST(DeadlockTest, rings_of_rlocks_and_rwlocks_have_one_victim) {
  EXPECT_EQ(ring<twill::RLock>(3).first, 1);
  EXPECT_EQ(ring<twill::RWLock>(3).first, 1);
}

TEST(DeadlockTest, exactly_one_victim_however_they_race) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ring<twill::Lock>(2).first, 1);
}

TEST(DeadlockTest, five_philosophers_all_eat_in_the_end) {
  std::array<twill::Lock, 5> forks;
  std::atomic<int> meals{0};
  {
    std::vector<std::jthread> philosophers;
    for (std::size_t i = 0; i < 5; ++i)
      philosophers.emplace_back([&, i] {
        for (int meal = 0; meal < 50;) try {
            const twill::Hold left(forks[i]);
            std::this_thread::yield();
            const twill::Hold right(forks[(i + 1) % 5]);
            ++meal;
            ++meals;
          } catch (const twill::DeadlockError&) {
            std::this_thread::yield();  // put the left fork down and try again
          }
      });
  }
  EXPECT_EQ(meals, 250);
}

TEST(DeadlockTest, a_cycle_through_a_reader_and_a_writer) {
  twill::Lock lock({.name = "lock"});
  twill::RWLock table({.name = "table"});
  std::atomic<int> victims{0};
  lock.lock();
  Runner reader([&] {
    const std::shared_lock reading(table);
    try {
      const std::scoped_lock hold(lock);
    } catch (const twill::DeadlockError&) {
      ++victims;
    }
  });
  reader.until_blocked();
  try {
    const std::scoped_lock writing(table);
  } catch (const twill::DeadlockError& error) {
    ++victims;
    EXPECT_TRUE(contains(error.what(), "RWLock 'table'")) << error.what();
  }
  lock.unlock();
  reader.join();
  EXPECT_EQ(victims, 1);
}

TEST(DeadlockTest, a_cycle_through_a_reader_behind_a_writer) {
  twill::Lock lock;
  twill::RWLock table;
  std::atomic<int> victims{0};
  std::atomic<bool> go{false};
  Runner first_reader([&] {
    const std::shared_lock reading(table);
    support::yield_until([&] { return go.load(); });
    try {
      lock.lock();
    } catch (const twill::DeadlockError&) {
      ++victims;
    }
  });
  support::yield_until([&] { return table.try_lock() ? (table.unlock(), false) : true; });
  Runner writer([&] { const std::scoped_lock writing(table); });
  writer.until_blocked();
  Runner second_reader([&] {
    const std::scoped_lock hold(lock);
    const std::shared_lock reading(table);  // behind the writer, who waits for the first reader
  });
  second_reader.until_blocked();
  go = true;
  first_reader.join();
  EXPECT_EQ(victims, 1);
}

TEST(DeadlockTest, a_relock_is_never_the_victim) {
  twill::Lock lock;
  twill::Lock other;
  twill::Condition condition(lock);
  std::atomic<bool> relocked{false};
  Runner waiter([&] {
    const std::scoped_lock both(other, lock);
    EXPECT_TRUE(condition.wait());  // comes back while main has `lock` and wants `other`
    relocked = true;
  });
  waiter.until_blocked();
  lock.lock();
  condition.notify();
  waiter.until_blocked();
  EXPECT_THROW(other.lock(), twill::DeadlockError);
  EXPECT_FALSE(relocked);
  lock.unlock();
}

TEST(DeadlockTest, a_cycle_through_acquire_is_reported_once_and_nobody_is_hurt) {
  testing::internal::CaptureStderr();
  twill::Lock a({.name = "a"});
  twill::Lock b({.name = "b"});
  for (int i = 0; i < 2; ++i) {
    a.acquire();
    Runner other([&] {
      name_self("alice");
      b.acquire();
      a.acquire();
      b.release();
    });
    other.until_blocked();
    Runner releaser([&, main = twill::detail::self()] {
      support::yield_until([&] { return support::is_blocked(main); });
      a.release();  // as any thread may
    });
    b.acquire();
    other.join();
    a.release();
    b.release();
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(contains(text, "suspected deadlock: 2 threads wait for each other")) << text;
  EXPECT_EQ(text.find("suspected deadlock"), text.rfind("suspected deadlock")) << text;
}

TEST(DeadlockTest, L3_acquire_by_the_holder_is_suspected) {
  testing::internal::CaptureStderr();
  twill::Lock lock({.name = "turnstile"});
  lock.acquire();
  Runner releaser([&, main = twill::detail::self()] {
    support::yield_until([&] { return support::is_blocked(main); });
    lock.release();
  });
  EXPECT_TRUE(lock.acquire());
  lock.release();
  releaser.join();
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(contains(text, "twill: suspected deadlock")) << text;
  EXPECT_TRUE(contains(text, "Lock 'turnstile'")) << text;
}

TEST(DeadlockTest, a_lock_whose_owner_ended_throws_owner_vanished) {
  static auto& lock = *new twill::Lock({.name = "ledger"});  // nobody can let go of it any more
  int taken = 0;
  std::thread([&taken] {
    taken = __LINE__ + 1;
    lock.lock();
  }).join();
  EXPECT_FALSE(lock.try_lock());
  try {
    lock.lock();
    FAIL();
  } catch (const twill::OwnerVanished& error) {
    EXPECT_TRUE(contains(error.what(), "Lock 'ledger'")) << error.what();
    EXPECT_TRUE(contains(error.what(), place(taken))) << error.what();
  }
  static auto& table = *new twill::RWLock;
  std::thread([] { table.lock_shared(); }).join();
  EXPECT_THROW(table.lock(), twill::OwnerVanished);
}

TEST(DeadlockTest, those_who_sleep_are_told_when_the_owner_ends) {
  static auto& lock = *new twill::Lock({.name = "ledger"});
  static auto& table = *new twill::RWLock;
  twill::Event end;
  std::atomic<int> held{0};
  std::jthread owner([&] {
    lock.lock();
    table.lock_shared();
    ++held;
    end.wait();
  });
  support::yield_until([&] { return held == 1; });
  const auto expect_told = [](auto&& take) { EXPECT_THROW(take(), twill::OwnerVanished); };
  Runner first([&] { expect_told([] { lock.lock(); }); });
  Runner second([&] { expect_told([] { lock.lock(); }); });
  Runner writer([&] { expect_told([] { table.lock(); }); });
  Runner patient([&] { EXPECT_FALSE(lock.try_lock_for(100ms)); });
  for (Runner* runner : {&first, &second, &writer}) runner->until_blocked();
  end.set();
}

}  // namespace
