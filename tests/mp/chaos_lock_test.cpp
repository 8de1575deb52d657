// Kill -9 of a participant at random instants: whoever comes next gets the lock, and is told if
// what it guards may be torn.

#include <optional>
#include <twill/mp/lock.hpp>
#include <twill/mp/rlock.hpp>
#include <twill/sync/hold.hpp>

#include "mp/chaos.hpp"

namespace {

namespace mp = twill::mp;
using chaos::Common;
using chaos::Pair;
using namespace std::chrono_literals;

template <class L>
class MpChaosTest : public testing::Test {};
using Locks = testing::Types<mp::Lock, mp::RLock>;
TYPED_TEST_SUITE(MpChaosTest, Locks);

template <class L>
void count(L& lock, Pair& pair) {
  try {
    const twill::Hold hold(lock);
    if (pair.first != pair.second) ++pair.torn;  // nobody told us
    ++pair.first;
    for (int i = 0; i < 50; ++i) asm volatile("");
    ++pair.second;
  } catch (mp::OwnerDied& dead) {
    pair.second = pair.first.load();
    ++pair.repairs;
    dead.recovered();
  }
}

TYPED_TEST(MpChaosTest, nobody_is_stuck_and_nothing_is_torn_in_silence) {
  TypeParam lock;
  const Common<Pair> pair;
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        while (stop == 0) count(lock, *pair);
        return true;
      },
      [&] { count(lock, *pair); });
  EXPECT_EQ(pair->torn, 0);
  EXPECT_GT(pair->repairs, 0);
  EXPECT_EQ(pair->first, pair->second);
}

TYPED_TEST(MpChaosTest, who_gives_up_takes_no_wake_up_with_it) {
  TypeParam lock;
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        while (stop == 0) {
          try {
            if (lock.try_lock_for(50us)) lock.unlock();
            const twill::Hold hold(lock);
          } catch (mp::OwnerDied& dead) {
            dead.recovered();
          }
        }
        return true;
      },
      [] {});
}

}  // namespace
