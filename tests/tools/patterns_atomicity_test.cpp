// What belongs together is torn apart: each wrong program is found, and its cure is proved.

#include <mutex>
#include <shared_mutex>
#include <string>

#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::Atomic;
using twill::check;
using twill::Finding;
using twill::Hold;
using twill::Lock;
using twill::Shared;

TEST(AtomicityTest, an_account_is_read_and_written_in_one_hold) {
  const auto pay = [](bool right) {
    Lock lock;
    int balance = 100;
    const auto book = [&](int amount) {
      std::unique_lock hold(lock);
      const int before = balance;
      if (!right) hold.unlock(), hold.lock();
      balance = before + amount;
    };
    run({[&] { book(+20); }, [&] { book(-10); }});
    check(balance == 110);
  };
  expect_cure(Finding::check, pay);
}

TEST(AtomicityTest, an_update_is_one_step) {
  const auto count = [](bool right) {
    Atomic counter(0, "counter");
    const auto add = [&] {
      if (right)
        ++counter;
      else
        counter = counter + 1;
    };
    run({add, add, add});
    check(counter == 3);
  };
  expect_cure(Finding::check, count);
}

TEST(AtomicityTest, what_was_checked_still_holds_when_one_acts) {
  const auto withdraw_twice = [](bool right) {
    Lock lock;
    int balance = 100;
    const auto withdraw = [&] {
      std::unique_lock hold(lock);
      if (balance < 80) return;
      if (!right) hold.unlock(), hold.lock();
      balance -= 80;
    };
    run({withdraw, withdraw});
    check(balance >= 0);
  };
  expect_cure(Finding::check, withdraw_twice);
}

TEST(AtomicityTest, one_lock_for_one_invariant) {
  const auto keep_equal = [](bool right) {
    Lock one;
    Lock two;
    Lock& second = right ? one : two;
    int left = 0;
    int right_side = 0;
    const auto with_both = [&](auto use) {
      std::unique_lock hold(one);
      const int seen = use(left);
      if (!right) hold.unlock();
      std::unique_lock other(second, std::defer_lock);
      if (!right) other.lock();
      check(use(right_side) == seen);
    };
    run({[&] { with_both([](int& x) { return ++x; }); },
         [&] { with_both([](int& x) { return x; }); }});
  };
  expect_cure(Finding::check, keep_equal);
}

// Three who count use the right lock, and one another.
TEST(AtomicityTest, all_use_the_same_lock) {
  const auto count = [](bool right) {
    Lock lock;
    Lock another;
    Shared counter(0, "counter");
    const auto add = [&](Lock& with) {
      const Hold hold(with);
      ++counter;
    };
    run({[&] { add(lock); }, [&] { add(lock); }, [&] { add(right ? lock : another); }});
    check(counter == 3);
  };
  expect_cure(Finding::check, count);
}

TEST(AtomicityTest, an_audit_sees_no_transfer_half_done) {
  const auto transfer = [](bool right) {
    Lock lock;
    int a = 50;
    int b = 50;
    const auto move = [&] {
      std::unique_lock hold(lock);
      a -= 10;
      if (!right) hold.unlock(), hold.lock();
      b += 10;
    };
    const auto audit = [&] {
      const Hold hold(lock);
      check(a + b == 100);
    };
    run({move, move, audit});
  };
  expect_cure(Finding::check, transfer);
}

// A text that others may shorten is asked for its length first and copied later.
TEST(AtomicityTest, a_length_is_that_of_the_text_that_is_copied) {
  struct Text {
    Lock lock;
    std::string characters = "abc";
  };
  const auto append = [](bool right) {
    Text from;
    Text to;
    const auto copy = [&] {
      const Hold hold(to.lock);
      std::unique_lock other(from.lock);
      const std::size_t length = from.characters.size();
      if (!right) other.unlock(), other.lock();
      check(length <= from.characters.size());
      to.characters.append(from.characters, 0, length);
    };
    const auto clear = [&] {
      const Hold hold(from.lock);
      from.characters.clear();
    };
    run({copy, clear});
  };
  expect_cure(Finding::check, append);
}

TEST(AtomicityTest, a_count_of_permits_is_looked_at_and_taken_in_one_step) {
  const auto enter = [](bool right) {
    Atomic permits(1, "permits");
    Atomic inside(0, "inside");
    const auto take = [&] {
      int seen = permits;
      if (seen == 0) return false;
      if (right) return permits.compare_exchange(seen, seen - 1);
      permits.fetch_sub(1);
      return true;
    };
    const auto visit = [&] {
      if (!take()) return;
      check(++inside == 1);
      --inside;
      permits.fetch_add(1);
    };
    run({visit, visit});
  };
  expect_cure(Finding::check, enter);
}

// Between the end of reading and the begin of writing, somebody else may have been there.
TEST(AtomicityTest, who_read_and_now_writes_looks_again) {
  const auto look_up = [](bool right) {
    twill::RWLock table;
    int entries = 0;
    const auto find_or_add = [&] {
      {
        const std::shared_lock reading(table);
        if (entries != 0) return;
      }
      const Hold writing(table);
      if (right && entries != 0) return;
      ++entries;
    };
    run({find_or_add, find_or_add, [&] {
           const std::shared_lock reading(table);
           check(entries <= 1);
         }});
    check(entries == 1);
  };
  expect_cure(Finding::check, look_up);
}

// A driver is stopped when no request is left; a request first looks and then enters.
TEST(AtomicityTest, who_enters_is_counted_before_it_looks_whether_it_may) {
  const auto stop_while_used = [](bool right) {
    Atomic stopping(false, "stopping");
    Atomic pending(1, "pending");
    Atomic stopped(false, "stopped");
    const auto leave = [&] {
      if (--pending == 0) stopped = true;
    };
    const auto request = [&] {
      if (!right && stopping) return;
      ++pending;
      if (!right || !stopping) check(!stopped);
      leave();
    };
    const auto stop = [&] {
      stopping = true;
      leave();
    };
    run({request, stop});
  };
  expect_cure(Finding::check, stop_while_used);
}

}  // namespace
}  // namespace patterns
