// Semaphore, BoundedSemaphore and Event between processes. Paths: at once, after a sleep, in time
// and not; stop; limits; a waiter that gives up or is killed once it was woken; a wait that nobody
// can end any more, and one that somebody still can; clear() at the heels of set().

#include <gtest/gtest.h>
#include <optional>
#include <stop_token>
#include <thread>
#include <twill/mp/bounded_semaphore.hpp>
#include <twill/mp/event.hpp>
#include <vector>

#include "platform/robust.hpp"
#include "support/children.hpp"

namespace {

using namespace std::chrono_literals;
using support::Child;
using support::Common;
using support::until_asleep;
namespace mp = twill::mp;

class MpSignalTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
  }
};
using MpSemaphoreTest = MpSignalTest;
using MpEventTest = MpSignalTest;

TEST_F(MpSemaphoreTest, hands_out_as_many_permits_as_it_has) {
  mp::Semaphore semaphore(2);
  EXPECT_TRUE(semaphore.acquire());
  EXPECT_TRUE(Child([&] { return semaphore.acquire(); }).succeeds());
  EXPECT_EQ(semaphore.get_value(), 0);
  EXPECT_FALSE(semaphore.acquire(false));
  EXPECT_FALSE(semaphore.acquire(10ms));
  EXPECT_TRUE(Child([&] { return semaphore.release(2), true; }).succeeds());
  EXPECT_EQ(semaphore.get_value(), 2);
  EXPECT_THROW(semaphore.release(0), twill::ValueError);
  EXPECT_THROW(mp::Semaphore(-1), twill::ValueError);
}

TEST_F(MpSemaphoreTest, a_bounded_one_takes_no_permit_too_many) {
  mp::BoundedSemaphore semaphore(1);
  EXPECT_THROW(semaphore.release(), twill::ValueError);
  semaphore.acquire();
  EXPECT_TRUE(Child([&] { return semaphore.release(), true; }).succeeds());
  EXPECT_THROW(semaphore.release(), twill::ValueError);
  EXPECT_EQ(semaphore.get_value(), 1);
}

TEST_F(MpSemaphoreTest, each_release_lets_one_go_also_past_those_who_were_killed) {
  mp::Semaphore semaphore(0);
  std::vector<Child> crowd;
  for (int i = 0; i < 5; ++i) crowd.emplace_back([&] { return semaphore.acquire(); });
  for (Child& child : crowd) until_asleep(child.pid());
  crowd[0].kill();
  crowd[1].kill();
  for (int i = 0; i < 3; ++i) semaphore.release();
  for (std::size_t i = 2; i < crowd.size(); ++i) EXPECT_TRUE(crowd[i].succeeds());
  EXPECT_EQ(semaphore.get_value(), 0);
}

TEST_F(MpSemaphoreTest, stop_ends_one_wait_and_no_other) {
  mp::Semaphore semaphore(0);
  Child other([&] { return semaphore.acquire(); });
  until_asleep(other.pid());
  std::stop_source source;
  std::thread stopped(
      [&] { EXPECT_THROW(semaphore.acquire(source.get_token()), twill::CancelledError); });
  source.request_stop();
  stopped.join();
  semaphore.release();
  EXPECT_TRUE(other.succeeds());
}

TEST_F(MpSemaphoreTest, a_wait_for_permits_ends_when_nobody_is_left_to_bring_one) {
  mp::Semaphore semaphore(0);
  Child peer([&] { return pause(), true; });
  Child killer([&, victim = peer.pid(), waiter = getpid()] {
    until_asleep(waiter);
    return kill(victim, SIGKILL) == 0;
  });
  EXPECT_THROW(semaphore.acquire(), mp::PeerDied);
  EXPECT_FALSE(semaphore.acquire(10ms));  // ends by itself
}

TEST_F(MpSemaphoreTest, a_wait_for_permits_ends_when_the_last_other_drops_the_semaphore_and_lives) {
  std::optional<mp::Semaphore> semaphore(0);
  Child other([&, waiter = getpid()] {
    support::until_listening(waiter);
    semaphore.reset();
    return pause() != 0;
  });
  EXPECT_THROW(semaphore->acquire(), mp::PeerDied);
}

TEST_F(MpSemaphoreTest, a_wait_goes_on_while_anybody_could_bring_a_permit) {
  mp::Semaphore semaphore(0);
  const Common<std::atomic<int>> go(0);
  Child waiter([&] { return semaphore.acquire(); });
  Child other([&] {
    support::until(*go, 1);
    semaphore.release();
    return true;
  });
  for (int i = 0; i < 3; ++i) Child([] { return true; }).succeeds();
  until_asleep(waiter.pid());
  *go = 1;
  EXPECT_TRUE(other.succeeds());
  EXPECT_TRUE(waiter.succeeds());
}

// The parent of a new child may be gone before the child runs for the first time.
TEST_F(MpSemaphoreTest, a_child_that_has_not_yet_run_counts) {
  for (int i = 0; i < 50; ++i) {
    mp::Semaphore semaphore(0);
    const Common<std::atomic<int>> inherited(0);
    Child parent([&] {
      if (fork() == 0) {
        alarm(60);
        usleep(1000);
        semaphore.release();
        *inherited = 1;
        _exit(0);
      }
      return true;
    });
    EXPECT_TRUE(semaphore.acquire());
    EXPECT_TRUE(parent.succeeds());
    support::until(*inherited, 1);
  }
}

TEST_F(MpEventTest, wakes_all_who_wait_in_all_processes) {
  mp::Event event;
  EXPECT_FALSE(event.is_set());
  EXPECT_FALSE(event.wait(10ms));
  std::vector<Child> crowd;
  for (int i = 0; i < 3; ++i) crowd.emplace_back([&] { return event.wait(); });
  for (Child& child : crowd) until_asleep(child.pid());
  crowd[0].kill();
  EXPECT_TRUE(Child([&] { return event.set(), true; }).succeeds());
  EXPECT_TRUE(crowd[1].succeeds());
  EXPECT_TRUE(crowd[2].succeeds());
  EXPECT_TRUE(event.wait());
  event.clear();
  EXPECT_FALSE(event.try_wait());
}

TEST_F(MpEventTest, who_waited_gets_true_though_clear_follows_at_once) {
  mp::Event event;
  for (int i = 0; i < 20; ++i) {
    Child waiter([&] { return event.wait(); });
    until_asleep(waiter.pid());
    event.set();
    event.clear();
    EXPECT_TRUE(waiter.succeeds());
  }
}

TEST_F(MpEventTest, stop_and_the_death_of_all_others_end_a_wait) {
  mp::Event event;
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(event.wait(source.get_token()), twill::CancelledError);
  EXPECT_FALSE(event.try_wait(1h, source.get_token()));
  Child([] { return true; }).succeeds();
  EXPECT_THROW(event.wait(), mp::PeerDied);
}

}  // namespace
