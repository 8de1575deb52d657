// Processes that wait for each other's locks. Paths: two and three in a circle, of each kind of
// lock; names that are too long; one that cannot throw, none that may; who waits with a limit;
// nobody looks; killed in a cycle; a cycle again; waits that are long, but no cycle.

#include <array>
#include <atomic>
#include <cstdio>
#include <gtest/gtest.h>
#include <mutex>
#include <string>
#include <vector>

#include <twill/mp/condition.hpp>
#include <twill/mp/lock.hpp>
#include <twill/mp/process.hpp>
#include <twill/mp/rlock.hpp>
#include <twill/mp/rwlock.hpp>
#include <twill/park/deadlock.hpp>
#include <twill/platform/error.hpp>

#include "platform/robust.hpp"
#include "support/children.hpp"

// The compiler would not let pass what the tests are about.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

namespace {

using namespace std::chrono_literals;
using support::Child;
using support::Common;
using support::until;
namespace mp = twill::mp;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
std::string with_pid(pid_t pid) { return "(pid " + std::to_string(pid) + ')'; }

/// Processes that each take a lock, and when all have, wait for that of the next.
class MpDeadlockTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
  }
  void TearDown() override { std::fclose(stderr_); }

  template <class Mine, class Next>
  Child member(int count, Mine& mine, Next& next, std::string name = "member") {
    return Child([&, count] {
      dup2(fileno(stderr_), STDERR_FILENO);
      mp::current_process().set_name(name);
      const std::lock_guard hold(mine);
      ++*ready_;
      until(*ready_, count);
      try {
        const std::lock_guard wait(next);
      } catch (const twill::DeadlockError& error) {
        ++*thrown_;
        std::fprintf(stderr_, "thrown: %s\n", error.what());
        std::fflush(stderr_);
      }
      return true;
    });
  }

  /// What the members have said.
  std::string said() {
    std::string text(1 << 16, '\0');
    text.resize(static_cast<std::size_t>(
        std::max<ssize_t>(pread(fileno(stderr_), text.data(), text.size(), 0), 0)));
    return text;
  }

  std::FILE* const stderr_ = std::tmpfile();
  const Common<std::atomic<int>> ready_{0};
  const Common<std::atomic<int>> thrown_{0};
};

TEST_F(MpDeadlockTest, of_two_processes_one_is_told_by_an_error_and_the_other_on_stderr) {
  mp::Lock a({.name = "accounts"});
  mp::Lock b({.name = "ledger"});
  Child one = member(2, a, b);
  Child other = member(2, b, a);
  const std::string pids[] = {with_pid(one.pid()), with_pid(other.pid())};
  EXPECT_TRUE(one.succeeds());
  EXPECT_TRUE(other.succeeds());
  EXPECT_EQ(*thrown_, 1);
  const std::string text = said();
  for (const char* begin : {"thrown: deadlock: 2 threads", "twill: deadlock: 2 threads"})
    EXPECT_TRUE(has(text, begin)) << text;
  for (const std::string& part : {pids[0], pids[1], std::string("accounts"), std::string("ledger"),
                                  std::string("deadlock_test.cpp:")})
    EXPECT_TRUE(has(text, part)) << text;
}

TEST_F(MpDeadlockTest, of_three_with_locks_of_three_kinds_one_is_told_by_an_error) {
  mp::Lock a;
  mp::RLock b;
  mp::RWLock c;
  std::vector<Child> members;
  members.push_back(member(3, a, b));
  members.push_back(member(3, b, c));
  members.push_back(member(3, c, a));
  for (Child& each : members) EXPECT_TRUE(each.succeeds());
  EXPECT_EQ(*thrown_, 1);
  EXPECT_TRUE(has(said(), "3 threads wait for each other")) << said();
}

TEST_F(MpDeadlockTest, names_of_any_length_and_of_several_lines_leave_the_pids_their_room) {
  mp::Lock a;
  mp::Lock b({.name = std::string(400, 'b')});
  Child one = member(2, a, b, std::string(400, 'n'));
  Child other = member(2, b, a, "two\nlines");
  const std::string pids[] = {with_pid(one.pid()), with_pid(other.pid())};
  EXPECT_TRUE(one.succeeds());
  EXPECT_TRUE(other.succeeds());
  const std::string text = said();
  for (const std::string& part :
       {pids[0], pids[1], std::string("two?lines"), std::string("bbb...")})
    EXPECT_TRUE(has(text, part)) << text;
}

TEST_F(MpDeadlockTest, the_same_processes_may_come_to_it_again_and_again) {
  mp::Lock a;
  mp::Lock b;
  const Common<std::atomic<int>> rounds(0);
  const auto clash = [&](mp::Lock& mine, mp::Lock& next, int add) {
    return Child([&, add] {
      dup2(fileno(stderr_), STDERR_FILENO);
      for (int round = 1; round <= 20; ++round) {
        {
          const std::lock_guard hold(mine);
          *rounds += add;
          for (int all = *rounds; all / 100 < round || all % 100 < round; all = *rounds) usleep(50);
          try {
            const std::lock_guard wait(next);
          } catch (const twill::DeadlockError&) {
            ++*thrown_;
          }
        }
        ++*ready_;
        while (*ready_ < 2 * round) usleep(50);
      }
      return true;
    });
  };
  Child one = clash(a, b, 1);
  Child other = clash(b, a, 100);
  EXPECT_TRUE(one.succeeds());
  EXPECT_TRUE(other.succeeds());
  EXPECT_EQ(*thrown_, 20);
}

TEST_F(MpDeadlockTest, who_takes_a_lock_back_after_a_condition_is_never_the_one_that_throws) {
  mp::Lock a;
  mp::Lock b;
  mp::Condition changed(a);
  Child waiter([&] {
    dup2(fileno(stderr_), STDERR_FILENO);
    const std::lock_guard keeps(b);
    const std::lock_guard hold(a);
    *ready_ = 1;
    changed.wait();
    return true;
  });
  until(*ready_, 1);
  support::until_listening(
      waiter.pid());  // a wake-up that is owed until the lock is let go comes now
  Child notifier([&] {
    const std::lock_guard hold(a);
    changed.notify();
    *ready_ = 2;
    try {
      const std::lock_guard wait(b);
    } catch (const twill::DeadlockError&) {
      ++*thrown_;
    }
    return true;
  });
  EXPECT_TRUE(notifier.succeeds());
  EXPECT_TRUE(waiter.succeeds());
  EXPECT_EQ(*thrown_, 1);
}

TEST_F(MpDeadlockTest, where_all_only_report_all_stay_until_one_is_killed) {
  twill::set_deadlock_policy(twill::DeadlockPolicy::report);
  mp::Lock a;
  mp::Lock b;
  Child one = member(2, a, b);
  Child other = member(2, b, a);
  const auto reports = [&] {
    const std::string text = said();
    const std::size_t first = text.find("twill: deadlock");
    return first != text.npos && text.find("twill: deadlock", first + 1) != text.npos;
  };
  while (!reports()) usleep(500);
  one.kill();
  EXPECT_FALSE(other.succeeds());  // OwnerDied, which it does not catch
  EXPECT_EQ(*thrown_, 0);
  twill::set_deadlock_policy(twill::DeadlockPolicy::raise);
}

TEST_F(MpDeadlockTest, long_waits_and_waits_with_a_limit_are_none) {
  mp::Lock a;
  mp::Lock b;
  Child limited([&] {
    const std::lock_guard hold(a);
    ++*ready_;
    until(*ready_, 2);
    return !b.try_lock_for(50ms);
  });
  Child waits([&] {
    const std::lock_guard hold(b);
    ++*ready_;
    until(*ready_, 2);
    try {
      const std::lock_guard wait(a);
    } catch (const twill::DeadlockError&) {
      ++*thrown_;
    }
    return true;
  });
  EXPECT_TRUE(limited.succeeds());
  EXPECT_TRUE(waits.succeeds());
  EXPECT_EQ(*thrown_, 0);
  EXPECT_EQ(said(), "");
}

TEST_F(MpDeadlockTest, locks_that_are_taken_in_one_order_are_never_reported) {
  std::array<mp::Lock, 4> locks;
  std::vector<Child> crowd;
  for (int i = 0; i < 4; ++i)
    crowd.emplace_back([&, i] {
      dup2(fileno(stderr_), STDERR_FILENO);
      for (int n = 0; n < 300; ++n) {
        const auto at = static_cast<std::size_t>((n + i) % 3);
        const std::lock_guard low(locks[at]);
        const std::lock_guard high(locks[at + 1]);
        if (n % 20 == 0) usleep(3'000);  // so that the others wait for long
      }
      return true;
    });
  for (Child& child : crowd) EXPECT_TRUE(child.succeeds());
  EXPECT_EQ(said(), "");
}

}  // namespace
