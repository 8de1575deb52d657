// Who belongs to a family of forked processes. Paths: a child that is killed before it could sit
// down; more of them than there are seats; a fork that the system refuses; a child without a seat;
// a parent that has closed the family's descriptor.

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <twill/mp/condition.hpp>
#include <twill/mp/event.hpp>
#include <twill/mp/peer_died.hpp>
#include <twill/sync/hold.hpp>
#include <vector>

#include "mp/arena.hpp"
#include "platform/fault.hpp"
#include "platform/robust.hpp"
#include "support/children.hpp"

namespace {

using namespace std::chrono_literals;
using support::Child;
namespace mp = twill::mp;
namespace detail = twill::mp::detail;

bool stillborn = false;

/// Registered before the family's own: children stop here, and have not begun to run for it.
const int registered = pthread_atfork(nullptr, nullptr, [] {
  while (stillborn) pause();
});

void kill_a_child_at_birth() {
  stillborn = true;
  const pid_t pid = fork();
  stillborn = false;
  if (pid == 0) _exit(1);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

class MpFamilyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
  }
};
using MpFamilyDeathTest = MpFamilyTest;

TEST_F(MpFamilyTest, children_that_are_killed_at_birth_leave_no_seat_taken) {
  mp::Event event;
  for (unsigned i = 0; i < 2 * detail::kSeats; ++i) kill_a_child_at_birth();
  Child child([&] { return detail::my_seat() != detail::kNoSeat; });
  EXPECT_TRUE(child.succeeds());
  EXPECT_THROW(event.wait(), mp::PeerDied);  // none of them is thought to live
}

TEST_F(MpFamilyTest, a_wait_hears_of_a_child_that_is_killed_at_birth) {
  mp::Event event;
  stillborn = true;
  const pid_t pid = fork();
  stillborn = false;
  if (pid == 0) _exit(1);
  Child killer([pid, waiter = getpid()] {
    support::until_asleep(waiter);
    return kill(pid, SIGKILL) == 0;
  });
  EXPECT_THROW(event.wait(), mp::PeerDied);
  waitpid(pid, nullptr, 0);
}

void fork_that_is_refused() {
  mp::Event event;
  Child([] { return true; }).succeeds();  // somebody has shared it
  const rlimit none{0, 0};
  if ((geteuid() == 0 && setuid(65534) != 0) || setrlimit(RLIMIT_NPROC, &none) != 0) _exit(1);
  for (unsigned i = 0; i < 2 * detail::kSeats; ++i)
    if (fork() != -1) _exit(1);
  try {
    event.wait();
  } catch (const mp::PeerDied&) {
    _exit(0);
  }
}

TEST_F(MpFamilyDeathTest, a_fork_that_is_refused_leaves_no_seat_taken) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(fork_that_is_refused(), testing::ExitedWithCode(0), "");
}

/// The child uses what it has inherited, and can neither make more nor wait for a condition;
/// nobody is told that he is alone any more.
void child_without_a_seat() {
  mp::Event event;
  mp::Condition condition;
  Child child([&] {
    if (detail::my_seat() != detail::kNoSeat) return false;
    event.set();
    try {
      const twill::Hold hold(condition);
      condition.wait();
      return false;
    } catch (const twill::RuntimeError& refused) {
      return std::string(refused.what()).find("processes can share") != std::string::npos;
    }
  });
  const bool was_set = event.wait(60s);
  _exit(was_set && child.succeeds() ? 0 : 1);
}

void child_that_finds_no_claim() {
  twill::detail::refuse_after(twill::detail::Fault::file_claim, 0);
  child_without_a_seat();
}

void parent_that_closed_all() {
  mp::Event first;
  for (int file = 3; file < 1024; ++file) close(file);
  child_without_a_seat();
}

TEST_F(MpFamilyDeathTest, a_child_that_finds_no_seat_can_use_what_is_there) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(child_that_finds_no_claim(), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(parent_that_closed_all(), testing::ExitedWithCode(0), "");
}

}  // namespace
