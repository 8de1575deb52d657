// Kill -9 of a participant at random instants, on what has no owner: whoever lives goes on, and no
// notify, permit or trip of the living is lost.

#include <twill/mp/barrier.hpp>
#include <twill/mp/bounded_semaphore.hpp>
#include <twill/mp/condition.hpp>
#include <twill/mp/event.hpp>
#include <twill/sync/hold.hpp>

#include "mp/chaos.hpp"

namespace {

namespace mp = twill::mp;
using namespace std::chrono_literals;
using chaos::Common;

TEST(MpChaosSignalsTest, a_release_always_reaches_somebody) {
  mp::Semaphore semaphore(0);
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        while (stop == 0) {
          semaphore.acquire();
          semaphore.release();
        }
        semaphore.release();  // for one who waits for the permit of a dead one
        return true;
      },
      [&] { semaphore.release(); });  // at most one was lost with the dead one
}

TEST(MpChaosSignalsTest, each_set_reaches_all) {
  mp::Event ping;
  mp::Event pong;
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        while (stop == 0) {
          ping.set();
          pong.wait();
          pong.clear();
          ping.wait();
          ping.clear();
          pong.set();
        }
        ping.set();
        pong.set();
        return true;
      },
      [&] {
        ping.set();
        pong.set();
      });
}

/// A ring of turns: each waits for a turn and gives it on. The turn itself is in the memory under
/// the lock, so that it cannot be lost; a lost notify would stop everybody.
TEST(MpChaosSignalsTest, no_notify_is_lost) {
  mp::Condition condition;
  const Common<std::atomic<int>> items(0);
  const auto under_lock = [&](auto f) {
    for (bool died = false;;) try {
        const twill::Hold hold(condition);
        if (died) condition.notify_all();  // the dead one may have made an item and told nobody
        return f();
      } catch (mp::OwnerDied& dead) {
        dead.recovered();
        died = true;
      }
  };
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        while (stop == 0) {
          under_lock([&] {
            condition.wait_for([&] { return *items > 0 || stop != 0; });
            if (*items > 0) --*items;
          });
          under_lock([&] {
            ++*items;
            condition.notify();
          });
        }
        under_lock([&] { condition.notify_all(); });
        return true;
      },
      [&] {
        under_lock([&] {
          ++*items;  // the one of the dead, if it had one
          condition.notify();
        });
      });
}

TEST(MpChaosSignalsTest, a_barrier_breaks_for_all_or_none) {
  mp::Barrier barrier(4);
  chaos::reign(
      4,
      [&](const std::atomic<int>& stop) {
        while (stop == 0) {
          try {
            barrier.wait();
          } catch (const twill::BrokenBarrierError&) {
            if (stop == 0) usleep(100);  // until it is mended
          }
        }
        barrier.abort();
        return true;
      },
      [&] { barrier.reset(); });
}

}  // namespace
