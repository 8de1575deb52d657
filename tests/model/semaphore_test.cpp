// Semaphore, with both kinds of bell.
//   no permit is lost or doubled, with timeouts at every moment
//   release(n) serves n waiters
//   what was done before a release is seen by who got the permit
//   a semaphore may go once its last permit was taken

#include <array>
#include <cstddef>
#include <new>
#include <set>

#include <twill/sync/semaphore.hpp>

#include "model/litmus.hpp"

using namespace litmus;
using namespace std::chrono_literals;

namespace {

using SemaphoreTest = Door;
LITMUS_IN_BOTH_MODES(SemaphoreTest);

}  // namespace

TEST_P(SemaphoreTest, one_permit_excludes) {
  expect_holds({.preemptions = 2, .random = 20'000}, [] {
    Semaphore semaphore(1);
    Plain<int> value{0};
    const auto body = [&] {
      semaphore.acquire();
      value.set(value.get() + 1);
      semaphore.release();
    };
    together(body, body, body);
    check(semaphore.value() == 1 && value.get() == 3, "the permit is back");
  });
}

TEST_P(SemaphoreTest, permits_are_messages) {
  expect_holds({.preemptions = 3, .stale = 2}, [] {
    Semaphore semaphore(0);
    Plain<int> message{0};
    together(
        [&] {
          message.set(1);
          semaphore.release();
        },
        [&] {
          semaphore.acquire();
          check(message.get() == 1, "the message");
        });
    check(semaphore.value() == 0, "no permit is left");
  });
}

TEST_P(SemaphoreTest, several_permits_are_a_message) {
  expect_holds({.preemptions = 2, .stale = 2}, [] {
    Semaphore semaphore(0);
    Plain<int> message{0};
    together(
        [&] {
          message.set(1);
          semaphore.release(2);
        },
        [&] {
          semaphore.acquire();
          check(message.get() == 1, "the message");
        });
  });
}

TEST_P(SemaphoreTest, a_semaphore_may_go_once_its_last_permit_was_taken) {
  alignas(Semaphore) static std::byte place[sizeof(Semaphore)];  // the same in each execution
  for (const int permits : {1, 2})
    expect_holds({.preemptions = 3, .stale = 2}, [permits] {
      auto& semaphore = *new (place) Semaphore(0);
      together([&] { semaphore.release(permits); },
               [&] {
                 for (int i = 0; i < permits; ++i) semaphore.acquire();
                 semaphore.~Semaphore();
               });
    });
}

TEST_P(SemaphoreTest, two_permits_at_once_serve_two) {
  expect_holds({.preemptions = 2, .random = 20'000}, [] {
    Semaphore semaphore(0);
    const auto take = [&] { semaphore.acquire(); };
    together(take, take, [&] { semaphore.release(2); });
    check(semaphore.value() == 0, "no permit is left");
  });
}

TEST_P(SemaphoreTest, two_permits_one_by_one_serve_two) {
  expect_holds({.preemptions = 2, .random = 20'000}, [] {
    Semaphore semaphore(0);
    const auto take = [&] { semaphore.acquire(); };
    together(take, take, [&] {
      semaphore.release();
      semaphore.release();
    });
    check(semaphore.value() == 0, "no permit is left");
  });
}

TEST_P(SemaphoreTest, a_timeout_loses_no_permit) {
  std::set<bool> seen;
  expect_holds({.preemptions = 2, .executions = 60'000, .random = 20'000}, [&seen] {
    Semaphore semaphore(0);
    bool in_time = false;
    together([&] { in_time = semaphore.acquire(1ms); }, [&] { semaphore.acquire(); },
             [&] {
               semaphore.release();
               semaphore.release();
             });
    check(semaphore.value() == (in_time ? 0 : 1), "what is left");
    seen.insert(in_time);
  });
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(SemaphoreTest, one_permit_goes_round) {
  expect_holds({.preemptions = 2, .random = 20'000}, [] {
    std::array<Semaphore, 2> turns{Semaphore(1), Semaphore(0)};
    Plain<int> count{0};
    const auto play = [&](unsigned me) {
      for (int i = 0; i < 2; ++i) {
        turns[me].acquire();
        check(count.get() % 2 == static_cast<int>(me), "by turns");
        count.set(count.get() + 1);
        turns[1 - me].release();
      }
    };
    together([&] { play(0); }, [&] { play(1); });
  });
}
