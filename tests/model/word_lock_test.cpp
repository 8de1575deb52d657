// The lock below all locks: exclusion, no wake-up lost, with sleepers that wake for nothing too.

#include "park/word_lock.hpp"
#include "model/litmus.hpp"

using namespace litmus;

namespace {

struct Counter {
  detail::WordLock lock;
  Plain<int> value{0};

  void add(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      const detail::WordLock::Guard guard(lock);
      value.set(value.get() + 1);
    }
  }
};

}  // namespace

TEST(WordLockTest, excludes_and_loses_nobody) {
  expect_holds({.preemptions = 3}, [] {
    Counter counter;
    const auto body = [&] { counter.add(2); };
    together(body, body);
    check(counter.value.get() == 4, "each round counted");
  });
}

TEST(WordLockTest, three_threads) {
  expect_holds({.preemptions = 3, .random = 20'000}, [] {
    Counter counter;
    const auto body = [&] { counter.add(1); };
    together(body, body, body);
    check(counter.value.get() == 3, "each round counted");
  });
}

TEST(WordLockTest, a_sleeper_may_wake_for_nothing) {
  expect_holds({.events = 2, .spurious = true}, [] {
    Counter counter;
    const auto body = [&] { counter.add(1); };
    together(body, body, body);
  });
}

TEST(WordLockTest, lets_go_for_a_while) {
  expect_holds({.preemptions = 3}, [] {
    detail::WordLock lock;
    Plain<int> value{0};
    together(
        [&] {
          detail::WordLock::Guard guard(lock);
          value.set(1);
          guard.unlock();
          guard.lock();
          value.set(value.get() + 1);
        },
        [&] {
          const detail::WordLock::Guard guard(lock);
          value.set(value.get() + 1);
        });
  });
}
