// RWLock and RLock: exclusion, nobody left behind, timeouts of a writer with readers behind it, and
// readers that enter by the bias, which needs the barrier.

#include <set>
#include <shared_mutex>

#include <twill/platform/error.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>

#include "model/litmus.hpp"

using namespace litmus;
using namespace std::chrono_literals;

namespace {

struct Table {
  RWLock lock;
  Plain<int> value{0};

  /// Its first reader finds no writer and brings the bias.
  static void make_biased(Table& table) { table.read(); }

  void write() {
    lock.lock();
    value.set(value.get() + 1);
    lock.unlock();
  }
  int read() {
    lock.lock_shared();
    const int seen = value.get();
    lock.unlock_shared();
    return seen;
  }
};

using RWLockTest = Door;
LITMUS_IN_BOTH_MODES(RWLockTest);

}  // namespace

TEST_P(RWLockTest, two_readers_and_a_writer) {
  std::set<int> seen;
  expect_holds({.preemptions = 2, .executions = 25'000, .random = 5'000}, [&seen] {
    Table table;
    const auto read = [&] { seen.insert(table.read()); };
    together(read, [&] { table.write(); }, read);
    check(table.value.get() == 1, "written once");
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(RWLockTest, two_writers_and_a_reader) {
  expect_holds({.preemptions = 2, .executions = 25'000, .random = 5'000}, [] {
    Table table;
    const auto write = [&] { table.write(); };
    together(write, [&] { table.read(); }, write);
    check(table.value.get() == 2, "written twice");
  });
}

TEST_P(RWLockTest, readers_behind_a_writer_that_gives_up) {
  std::set<bool> seen;
  expect_holds({.preemptions = 2, .executions = 25'000, .random = 5'000}, [&seen] {
    Table table;
    const auto read = [&] { table.read(); };
    together(
        read,
        [&] {
          const bool taken = table.lock.try_lock_for(1ms);
          if (taken) table.lock.unlock();
          seen.insert(taken);
        },
        read);
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(RWLockTest, a_reader_reads_once_more_though_a_writer_waits) {
  expect_holds({.preemptions = 2, .random = 20'000}, [] {
    Table table;
    together(
        [&] {
          table.lock.lock_shared();
          table.read();
          table.lock.unlock_shared();
        },
        [&] { table.write(); });
  });
}

TEST_P(RWLockTest, two_readers_that_both_want_to_write_are_told) {
  std::set<int> seen;
  expect_holds({.preemptions = 2, .executions = 15'000, .random = 5'000}, [&seen] {
    RWLock lock;
    atomic<int> victims{0};
    const auto upgrade = [&] {
      lock.lock_shared();
      try {
        lock.lock();
        lock.unlock();
      } catch (const DeadlockError&) {
        victims.fetch_add(1, relaxed);
      }
      lock.unlock_shared();
    };
    together(upgrade, upgrade);
    seen.insert(victims.load());
  });
  EXPECT_FALSE(seen.contains(0)) << "a reader that wants to write waits for itself";
}

TEST(RWLockTest, a_biased_reader_and_a_writer) {
  std::set<int> seen;
  expect_holds({.preemptions = 3, .stale = 2, .executions = 60'000}, [&seen] {
    Table table;
    Table::make_biased(table);
    together([&] { seen.insert(table.read()); }, [&] { table.write(); });
  });
  EXPECT_EQ(seen.size(), 2u);
}

/// Takes the bias away twice if a reader brings it while the writer begins to wait; the second
/// writer may go to sleep meanwhile, and is first in line.
TEST(RWLockTest, a_second_writer_sleeps_while_the_bias_goes) {
  expect_holds({.preemptions = 3, .stale = 0, .executions = 30'000, .random = 20'000}, [] {
    Table table;
    const auto write = [&] { table.write(); };
    together([&] { table.read(); }, write, write);
    check(table.value.get() == 2, "written twice");
  });
}

TEST(RWLockTest, the_bias_needs_the_barrier) {
  expect_fails({.barriers = false}, "plain data", [] {
    Table table;
    Table::make_biased(table);
    together([&] { table.read(); }, [&] { table.write(); });
  });
}

TEST(RWLockTest, a_biased_reader_and_two_writers) {
  expect_holds({.preemptions = 2, .executions = 20'000, .random = 10'000}, [] {
    Table table;
    Table::make_biased(table);
    const auto write = [&] { table.write(); };
    together(write, [&] { table.read(); }, write);
    check(table.value.get() == 2, "written twice");
  });
}

TEST(RWLockTest, a_biased_reader_went_on_to_another_lock) {
  expect_holds({.preemptions = 2, .executions = 20'000}, [] {
    Table table, next;
    Table::make_biased(table);
    Table::make_biased(next);
    together(
        [&] {
          table.read();
          next.read();
        },
        [&] { table.write(); });
    check(table.value.get() == 1, "written once");
  });
}

TEST(RWLockTest, the_bias_comes_back) {
  expect_holds(
      {.preemptions = 2, .events = 2, .executions = 20'000, .random = 10'000, .leaps = true}, [] {
        Table table;
        Table::make_biased(table);
        together(
            [&] {
              table.read();
              table.read();
            },
            [&] {
              table.write();
              table.read();
            },
            [&] { table.write(); });
      });
}

TEST(RWLockTest, a_biased_reader_reads_once_more_though_a_writer_waits) {
  expect_holds({.preemptions = 2, .executions = 20'000, .random = 10'000}, [] {
    Table table;
    Table::make_biased(table);
    together(
        [&] {
          table.lock.lock_shared();
          table.read();
          table.lock.unlock_shared();
        },
        [&] { table.write(); }, [&] { table.read(); });
  });
}

TEST(RWLockTest, a_writer_gives_up_on_a_biased_reader) {
  std::set<bool> seen;
  expect_holds({.preemptions = 2, .executions = 20'000, .random = 10'000}, [&seen] {
    Table table;
    Table::make_biased(table);
    together([&] { table.read(); },
             [&] {
               const bool taken = table.lock.try_lock_for(1ms);
               if (taken) table.lock.unlock();
               seen.insert(taken);
             },
             [&] { table.write(); });
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(RWLockTest, rlock_excludes_at_any_depth) {
  expect_holds({.preemptions = 3}, [] {
    RLock lock;
    Plain<int> value{0};
    const auto body = [&] {
      lock.lock();
      lock.lock();
      value.set(value.get() + 1);
      lock.unlock();
      value.set(value.get() + 1);
      lock.unlock();
    };
    together(body, body);
    check(value.get() == 4, "each round counted");
  });
}
