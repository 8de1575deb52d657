// Random operations by many threads on all primitives, with timeouts and stop requests. What must
// hold: exclusion, permits neither lost nor made, everybody gets through, nothing left behind.

#include <gtest/gtest.h>

#include <mutex>
#include <random>
#include <shared_mutex>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/acquire_all.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

#include "support/misuse.hpp"
#include "support/one_processor.hpp"

namespace {

using namespace std::chrono_literals;

/// What the threads share, and the operations on it that they draw lots for.
class Arena {
 public:
  /// `times` operations; the seed is printed if one goes wrong.
  void work(unsigned seed, int times) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int i = 0; i < times; ++i) {
      const auto patience = std::chrono::microseconds(random() % 200);
      switch (random() % 10) {
        case 0:
          return_to(lock_.try_lock_for(patience), [&] { touch(locked_), lock_.unlock(); });
          break;
        case 1:
          with(lock_, locked_);
          break;
        case 2:
          with(rlock_, relocked_);
          break;
        case 3:
          with(table_, written_);
          break;
        case 4:
          read();
          break;
        case 5:
          return_to(semaphore_.acquire(patience), [&] { semaphore_.release(); });
          break;
        case 6:
          stop_soon(patience);
          break;
        case 7:
          exchange();
          break;
        case 8:
          event_.wait(patience), event_.set(), event_.clear();
          break;
        case 9:
          both();
          break;
      }
    }
  }

  void check() const {
    EXPECT_EQ(semaphore_.value(), 2);
    EXPECT_FALSE(lock_.locked());
    EXPECT_FALSE(rlock_.locked());
    EXPECT_EQ(given_, taken_ + parcels_);
  }

 private:
  struct Guarded {
    std::atomic<int> inside{0};
    long touched = 0;  // races unless the lock excludes
  };

  static void touch(Guarded& data) {
    EXPECT_EQ(++data.inside, 1);
    ++data.touched;
    --data.inside;
  }
  template <class L>
  static void with(L& lock, Guarded& data) {
    const std::scoped_lock hold(lock);
    touch(data);
  }
  template <class F>
  static void return_to(bool taken, F&& give_back) {
    if (taken) give_back();
  }
  void read() {
    const std::shared_lock hold(table_);
    EXPECT_EQ(written_.inside, 0);
  }
  void stop_soon(std::chrono::microseconds patience) {
    std::jthread taker([this](const std::stop_token& stop) { take_until(stop); });
    std::this_thread::sleep_for(patience);
    taker.request_stop();
  }
  void take_until(const std::stop_token& stop) {
    if (lock_.try_acquire(1h, stop)) touch(locked_), lock_.release();
    if (semaphore_.try_acquire(1h, stop)) semaphore_.release();
    try {
      table_.lock(stop);
      touch(written_);
      table_.unlock();
    } catch (const twill::CancelledError&) {
    }
  }
  void exchange() {
    const std::scoped_lock hold(changed_);
    ++parcels_, ++given_;
    changed_.notify();
    if (changed_.wait_for([&] { return parcels_ > 0; }, 100us)) --parcels_, ++taken_;
  }
  void both() {
    const auto all = twill::acquire_all(lock_, rlock_, table_);
    touch(locked_), touch(relocked_), touch(written_);
  }

  twill::Lock lock_;
  twill::RLock rlock_;
  twill::RWLock table_;
  twill::Semaphore semaphore_{2};
  twill::Event event_;
  twill::Condition changed_;
  Guarded locked_, relocked_, written_;
  int given_ = 0, taken_ = 0, parcels_ = 0;  // under changed_
};

void run_arena(unsigned seed, int threads, int times) {
  Arena arena;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i)
      workers.emplace_back([&, i] { arena.work(seed + static_cast<unsigned>(i), times); });
  }
  arena.check();
}

TEST(StressTest, random_operations) {
  for (const int threads : {1, 2, 4, 8}) run_arena(std::random_device()(), threads, 400);
}

TEST(StressTest, random_operations_on_one_processor) {
  const support::OneProcessor all_share;
  run_arena(std::random_device()(), 4, 400);
}

TEST(StressTest, hand_offs) {
  constexpr int kTimes = 20'000;
  twill::Semaphore there(0);
  twill::Semaphore back(0);
  std::jthread other([&] {
    for (int i = 0; i < kTimes; ++i) there.acquire(), back.release();
  });
  for (int i = 0; i < kTimes; ++i) there.release(), back.acquire();
}

TEST(StressTest, hand_offs_by_condition) {
  constexpr int kTimes = 5'000;
  twill::Lock lock;
  twill::Condition changed(lock);
  int turn = 0;
  const auto play = [&](int me) {
    for (int i = 0; i < kTimes; ++i) {
      const std::scoped_lock hold(lock);
      changed.wait_for([&] { return turn == me; });
      turn = 1 - me;
      changed.notify();
    }
  };
  std::jthread other([&] { play(1); });
  play(0);
}

}  // namespace
