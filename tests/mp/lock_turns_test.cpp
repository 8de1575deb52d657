// Whose turn it is at a shared lock. Paths: who was woken in vain complains; a release is kept for
// who sleeps, of an owner and of anybody; nobody is there to keep it for; who it is kept for never
// comes.

#include <atomic>
#include <gtest/gtest.h>

#include <twill/mp/handle.hpp>

#include "mp/robust_lock.hpp"
#include "support/children.hpp"

namespace twill::mp::detail {
namespace {

using support::Child;
using support::Common;

class MpLockTurnsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
  }

  Block& block() { return *static_cast<Block*>(handle_.block()); }
  bool wait_for_it() { return lock_.take_over(block(), subject_, {}); }

  /// A child that waits for the lock, holds it until it is told to go, and lets go.
  Child waiter() {
    Child child([this] {
      if (!wait_for_it()) return false;
      support::until(*go_, 1);
      lock_.drop();
      return true;
    });
    support::until_asleep(child.pid());
    return child;
  }

  Handle handle_;
  RobustLock& lock_ = RobustLock::of(handle_);
  const twill::detail::Label label_{"Lock", "turns", std::source_location::current()};
  const Subject subject_{&lock_, &lock_kind, &label_, nullptr};
  const Common<std::atomic<int>> go_{0};
};

TEST_F(MpLockTurnsTest, who_was_woken_in_vain_again_and_again_complains) {
  ASSERT_TRUE(lock_.take_at_once());
  Child child = waiter();
  while (lock_.to_keep == 0) {
    twill::detail::shared_wake(lock_.entry.word, 1);
    usleep(500);
  }
  lock_.drop();
  EXPECT_FALSE(lock_.take_at_once());  // as one does who never stops taking it
  *go_ = 1;
  EXPECT_TRUE(child.succeeds());
  EXPECT_TRUE(lock_.take_over_at_once());
  lock_.drop();
}

TEST_F(MpLockTurnsTest, what_anybody_may_release_is_kept_as_well) {
  ASSERT_TRUE(lock_.take(block(), RobustLock::kAnybody, subject_, {}));
  Child child = waiter();
  lock_.to_keep = 1;
  EXPECT_TRUE(lock_.release_acquired());
  EXPECT_FALSE(lock_.take_at_once());
  *go_ = 1;
  EXPECT_TRUE(child.succeeds());
  EXPECT_EQ(lock_.to_keep, 0u);
}

TEST_F(MpLockTurnsTest, a_lock_is_free_if_nobody_is_there_to_keep_it_for) {
  ASSERT_TRUE(lock_.take_at_once());
  lock_.entry.word |= RobustEntry::kWaiters;  // one has slept, and gone
  lock_.to_keep = 2;
  lock_.drop();
  ASSERT_TRUE(lock_.take_at_once());
  lock_.drop();
  EXPECT_EQ(lock_.to_keep, 0u);
}

TEST_F(MpLockTurnsTest, who_never_comes_is_not_waited_for) {
  lock_.entry.word = RobustEntry::kWaiters;  // kept for one who was stopped, or killed
  EXPECT_FALSE(lock_.take_at_once());
  EXPECT_TRUE(wait_for_it());
  lock_.drop();
  lock_.entry.word = RobustEntry::kWaiters;
  EXPECT_TRUE(lock_.take_over(block(), subject_, {Deadline::passed()}));
  lock_.drop();
}

}  // namespace
}  // namespace twill::mp::detail
