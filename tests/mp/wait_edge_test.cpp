// What a walk along the waits of processes may read that never was. Paths: a record that is used
// again while it is read; one of a killed process, whose thread's id is another's now.

#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <thread>

#include <twill/mp/lock.hpp>
#include <twill/park/deadlock.hpp>
#include <twill/platform/error.hpp>

#include "mp/wait_edge.hpp"
#include "platform/robust.hpp"
#include "support/children.hpp"

// The compiler would not let pass what the tests are about.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wthread-safety-analysis"
#endif

namespace {

using support::Child;
using support::Common;
using support::until;
using twill::detail::robust_id;
namespace mp = twill::mp;
namespace detail = twill::mp::detail;

/// What the walk is told, which has no argument for it.
std::atomic<int>* walks = nullptr;
detail::WaitRecord* forged = nullptr;
const detail::WaitRecord* like = nullptr;

/// A wait of that thread, which there is not.
void forge(std::uint32_t thread, std::uint32_t block) {
  forged->thread.store(thread);
  forged->block.store(block);
  forged->epoch.fetch_add(forged->is_waiting() ? 2 : 1);
}

detail::WaitRecord& record_of(std::uint32_t thread) {
  for (;; usleep(100))
    for (detail::WaitRecord& record : detail::arena().waits)
      if (record.is_waiting() && record.thread.load() == thread) return record;
}

bool ends_as_deadlock(mp::Lock& lock) {
  try {
    const std::lock_guard wait(lock);
  } catch (const twill::DeadlockError&) {
    return true;
  }
  return false;
}

class MpWaitEdgeTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
    walks = &*walks_;
  }
  void TearDown() override { detail::WaitEdge::while_walking = nullptr; }

  /// Lets go when the thread whose wait the test is about has walked, and sleeps.
  void let_go_after_walk(mp::Lock& lock, std::uint32_t thread) const {
    until(*walks_, 1);
    support::until_asleep(static_cast<pid_t>(thread));
    lock.unlock();
  }

  const Common<std::atomic<int>> walks_{0};
};

TEST_F(MpWaitEdgeTest, a_record_that_is_used_again_while_it_is_read_is_no_edge) {
  mp::Lock mine;
  mp::Lock other;
  mine.lock();
  const std::uint32_t me = robust_id();
  std::atomic<std::uint32_t> waits_for_mine{0};
  std::jthread next([&] {
    waits_for_mine = robust_id();
    waits_for_mine.notify_one();
    const std::lock_guard wait(mine);
  });
  waits_for_mine.wait(0);
  like = &record_of(waits_for_mine);

  std::atomic<std::uint32_t> has_other{0};
  std::jthread owner([&] {
    other.lock();
    has_other = robust_id();
    has_other.notify_one();
    let_go_after_walk(other, me);
  });
  has_other.wait(0);
  forged = &detail::arena().waits[10];
  forged->owner.store(static_cast<std::uint32_t>(detail::my_seat() + 1));
  detail::arena().waits_used.store(11);
  forge(has_other, like->block);

  detail::WaitEdge::while_walking = [](detail::WaitRecord& record) noexcept {
    if (&record == forged && walks->exchange(1) == 0) forge(like->thread, like->block);
  };
  EXPECT_FALSE(ends_as_deadlock(other));
  EXPECT_EQ(*walks_, 1);
  mine.unlock();
  forged->clear();
}

TEST_F(MpWaitEdgeTest, the_record_of_a_killed_process_is_no_edge_of_who_has_its_id_now) {
  mp::Lock mine;
  mp::Lock other;
  mine.lock();
  const auto me = static_cast<std::uint32_t>(getpid());
  Child killed([&] {
    const std::lock_guard wait(mine);
    return false;
  });
  const Common<std::atomic<int>> has_other(0);
  Child owner([&] {
    other.lock();
    *has_other = 1;
    let_go_after_walk(other, me);
    return true;
  });
  until(*has_other, 1);
  forged = &record_of(static_cast<std::uint32_t>(killed.pid()));
  killed.kill();
  forge(static_cast<std::uint32_t>(owner.pid()), forged->block);

  detail::WaitEdge::while_walking = [](detail::WaitRecord&) noexcept { *walks = 1; };
  EXPECT_FALSE(ends_as_deadlock(other));
  EXPECT_FALSE(forged->is_waiting());
  mine.unlock();
  EXPECT_TRUE(owner.succeeds());
}

}  // namespace
