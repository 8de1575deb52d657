// Paths: done by other processes; too often; limits of join; discarded by a shutdown; killed
// between get and task_done; killed at random instants.

#include <algorithm>
#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <stop_token>
#include <twill/mp/joinable_queue.hpp>
#include <twill/mp/peer_died.hpp>
#include <twill/platform/error.hpp>

#include "mp/chaos.hpp"
#include "support/children.hpp"

namespace {

using namespace std::chrono_literals;
namespace mp = twill::mp;
using support::Child;

TEST(MpJoinableQueueTest, XQ8_join_waits_for_what_other_processes_do) {
  mp::JoinableQueue<int> queue;
  const support::Common<std::atomic<int>> done(0);
  const auto work = [&] {
    while (const auto item = queue.try_get(twill::Timeout::never())) {
      *done += *item;
      queue.task_done();
    }
    return true;
  };
  Child first(work);
  Child second(work);
  for (int i = 0; i < 1'000; ++i) queue.put(1);
  queue.join();
  EXPECT_EQ(*done, 1'000);
  EXPECT_EQ(queue.unfinished_tasks(), 0U);
  queue.put(1);
  queue.join();
  EXPECT_EQ(*done, 1'001);
  queue.shutdown();
  EXPECT_TRUE(first.succeeds());
  EXPECT_TRUE(second.succeeds());
}

TEST(MpJoinableQueueTest, XQ8_done_too_often) {
  mp::JoinableQueue<int> queue;
  queue.join();
  EXPECT_THROW(queue.task_done(), twill::ValueError);
  queue.put(1);
  EXPECT_TRUE(Child([&] { return queue.get() == 1 && (queue.task_done(), true); }).succeeds());
  EXPECT_THROW(queue.task_done(), twill::ValueError);
  EXPECT_EQ(queue.unfinished_tasks(), 0U);
}

TEST(MpJoinableQueueTest, join_has_limits) {
  mp::JoinableQueue<int> queue;
  queue.put(1);
  EXPECT_FALSE(queue.join(0s));
  EXPECT_FALSE(queue.join(5ms));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(queue.join(stop.get_token()), twill::CancelledError);
  queue.shutdown(true);
  EXPECT_TRUE(queue.join(0s));
}

TEST(MpJoinableQueueTest, XQ6_close_ends_a_join_of_its_process) {
  mp::JoinableQueue<int> queue;
  queue.put(1);
  auto joined = std::async(std::launch::async, [&] { queue.join(); });
  usleep(1'000);  // it waits by now, or finds the queue closed
  queue.close();
  EXPECT_THROW(joined.get(), twill::ValueError);
  EXPECT_THROW(queue.task_done(), twill::ValueError);
}

TEST(MpJoinableQueueTest, what_the_dead_took_is_not_done) {
  if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
  mp::JoinableQueue<int> queue;
  queue.put(1);
  Child child([&] {
    queue.get();
    return ::kill(getpid(), SIGKILL) == 0;
  });
  EXPECT_THROW(queue.join(), mp::PeerDied);
  EXPECT_EQ(queue.unfinished_tasks(), 1U);
  queue.task_done();
  queue.join();
}

TEST(MpChaosJoinableQueueTest, each_kill_leaves_at_most_one_item_not_done) {
  mp::JoinableQueue<int> queue({.maxsize = 50});
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        while (stop == 0) {
          queue.try_put(1, 1ms);
          if (queue.try_get(1ms)) queue.task_done();
        }
        return true;
      },
      [] {});
  while (queue.try_get()) queue.task_done();
  EXPECT_LE(queue.unfinished_tasks(), static_cast<unsigned>(chaos::kills()));
  while (queue.unfinished_tasks() > 0) queue.task_done();
  queue.join();
  EXPECT_THROW(queue.task_done(), twill::ValueError);
}

}  // namespace
