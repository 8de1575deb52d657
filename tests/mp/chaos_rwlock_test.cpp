// Kill -9 of readers and writers at random instants: whoever comes next gets in, no reader sees a
// writer at work, and what a killed writer may have torn is told.

#include <mutex>
#include <shared_mutex>
#include <twill/mp/rwlock.hpp>
#include <twill/sync/hold.hpp>

#include "mp/chaos.hpp"

namespace {

namespace mp = twill::mp;
using chaos::Common;
using chaos::Pair;
using namespace std::chrono_literals;

/// So long that many are killed meanwhile.
void work_a_while() {
  for (int i = 0; i < 20'000; ++i) asm volatile("");
}

template <class Work>
void unless_owner_died(Pair& pair, Work work) {
  try {
    work();
  } catch (mp::OwnerDied& dead) {
    pair.second = pair.first.load();
    ++pair.repairs;
    dead.recovered();
  }
}

void read(mp::RWLock& lock, Pair& pair) {
  unless_owner_died(pair, [&] {
    const std::shared_lock hold(lock);
    const long second = pair.second;
    work_a_while();
    if (pair.first != second) ++pair.torn;
  });
}

void write(mp::RWLock& lock, Pair& pair) {
  unless_owner_died(pair, [&] {
    const twill::Hold hold(lock);
    if (pair.first != pair.second) ++pair.torn;
    ++pair.first;
    work_a_while();
    ++pair.second;
  });
}

TEST(MpRWLockChaosTest, nobody_is_stuck_and_nothing_is_torn_in_silence) {
  mp::RWLock lock;
  const Common<Pair> pair;
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        for (unsigned turn = static_cast<unsigned>(getpid()); stop == 0; ++turn)
          turn % 3 == 0 ? write(lock, *pair) : read(lock, *pair);
        return true;
      },
      [&] {
        read(lock, *pair);
        write(lock, *pair);
      });
  EXPECT_EQ(pair->torn, 0);
  EXPECT_GT(pair->repairs, 0);
  EXPECT_EQ(pair->first, pair->second);
}

TEST(MpRWLockChaosTest, readers_alone_that_are_killed_leave_nothing) {
  mp::RWLock lock;
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        while (stop == 0) const std::shared_lock hold(lock);
        return true;
      },
      [&] { const twill::Hold hold(lock); });  // OwnerDied would end the test
  const bool is_free = lock.try_lock();
  EXPECT_TRUE(is_free);
  if (is_free) lock.unlock();
}

TEST(MpRWLockChaosTest, who_gives_up_takes_no_wake_up_with_it) {
  mp::RWLock lock;
  const Common<Pair> pair;
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        while (stop == 0) {
          unless_owner_died(*pair, [&] {
            if (lock.try_lock_for(50us)) lock.unlock();
          });
          unless_owner_died(*pair, [&] {
            if (lock.try_lock_shared_for(50us)) lock.unlock_shared();
          });
          read(lock, *pair);
          write(lock, *pair);
        }
        return true;
      },
      [] {});
  EXPECT_EQ(pair->torn, 0);
}

}  // namespace
