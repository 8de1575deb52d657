// Paths: a process of which every thread waits for ever, in any mix of waits, and is told so; what
// may still wake one of them, so that nothing is said; the policies report and off.

#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <unistd.h>

#include <twill/park/clock.hpp>
#include <twill/park/deadlock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/semaphore.hpp>

#include "park/text.hpp"
#include "support/child.hpp"
#include "support/misuse.hpp"
#include "support/runner.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using support::contains;
using support::Runner;

/// Runs `stuck` in a child process, which says so and exits with 3 if it throws DeadlockError.
support::ChildResult stuck_process(std::function<void()> stuck) {
  return support::run_in_child([&] {
    try {
      stuck();
    } catch (const twill::DeadlockError& error) {
      dprintf(STDERR_FILENO, "DeadlockError: %s\n", error.what());
      return 3;
    }
    return 0;
  });
}

// ThreadSanitizer runs a thread of its own, which might wake anybody.
#define SKIP_IF_STRANGERS_RUN() \
  if (support::kThreadSanitizer) GTEST_SKIP() << "a thread that twill does not know runs here"

TEST(DeadlockTest, a_process_that_stands_still_tells_its_main_thread) {
  SKIP_IF_STRANGERS_RUN();
  int line = 0;
  const auto result = stuck_process([&] {
    twill::Event never({.name = "never"});
    line = __LINE__ + 1;
    never.wait();
  });
  EXPECT_EQ(result.exit_code, 3) << result.text;
  EXPECT_TRUE(contains(result.text, "every thread of the process waits")) << result.text;
  EXPECT_TRUE(contains(result.text, "MainThread waits for Event 'never'")) << result.text;
  EXPECT_TRUE(contains(result.text, "at standstill_test.cpp:")) << result.text;
}

TEST(DeadlockTest, a_process_stands_still_in_any_mix_of_waits) {
  SKIP_IF_STRANGERS_RUN();
  const auto result = stuck_process([&] {
    twill::Semaphore slots(0, {.name = "slots"});
    twill::Condition empty({.name = "empty"});
    twill::Barrier start(3, {.name = "start"});
    Runner first([&] {
      const std::scoped_lock hold(empty);
      empty.wait();
    });
    Runner second([&] { start.wait(); });
    try {
      slots.acquire();
    } catch (...) {
      {
        const std::scoped_lock hold(empty);
        empty.notify_all();
      }
      start.abort();
      throw;
    }
  });
  EXPECT_TRUE(contains(result.text, "Semaphore 'slots'")) << result.text;
  EXPECT_TRUE(contains(result.text, "Condition 'empty'")) << result.text;
  EXPECT_TRUE(contains(result.text, "Barrier 'start'")) << result.text;
}

TEST(DeadlockTest, a_lone_thread_that_ends_lets_the_others_be_told) {
  SKIP_IF_STRANGERS_RUN();
  const auto result = stuck_process([] {
    twill::Event never;
    std::thread worker([main = twill::detail::self()] {
      (void)twill::detail::self();
      support::yield_until([&] { return support::is_blocked(main); });
    });
    worker.detach();
    never.wait();
  });
  EXPECT_EQ(result.exit_code, 3) << result.text;
}

/// A child in which main waits for an event, and `waker` sets it after a while.
int woken_child(std::function<void(twill::Event&)> prepare) {
  return support::run_in_child([&] {
           twill::Event event;
           prepare(event);
           return event.wait() ? 0 : 1;
         })
      .exit_code;
}

TEST(DeadlockTest, no_standstill_while_strangers_may_wake_us) {
  EXPECT_EQ(woken_child([](twill::Event& event) {
              std::thread([&event] {
                std::this_thread::sleep_for(200ms);  // outside of twill
                event.set();
              }).detach();
            }),
            0);
}

TEST(DeadlockTest, no_standstill_while_somebody_waits_with_a_timeout) {
  EXPECT_EQ(woken_child([](twill::Event& event) {
              std::thread([&event] {
                twill::sleep(200ms);
                event.set();
              }).detach();
            }),
            0);
}

twill::Event* signalled = nullptr;

TEST(DeadlockTest, no_standstill_while_a_signal_is_caught) {
  EXPECT_EQ(woken_child([](twill::Event& event) {
              signalled = &event;
              std::signal(SIGALRM, [](int) { signalled->set(); });
              ualarm(200'000, 0);
            }),
            0);
}

/// Ends the process once the context sleeps in the door: it has said what it has to say by then.
void end_once_blocked(std::uint32_t id) {
  std::thread([id] {
    support::yield_until([&] { return support::is_blocked(id); });
    kill(getpid(), SIGALRM);
  }).detach();
}

TEST(DeadlockTest, report_prints_and_leaves_everybody_blocked) {
  const auto result = support::run_in_child([] {
    twill::set_deadlock_policy(twill::DeadlockPolicy::report);
    twill::Lock lock({.name = "ledger"});
    lock.lock();
    Runner other([] {
      twill::Lock mine;
      mine.lock();
      mine.lock();
    });
    other.until_blocked();
    end_once_blocked(twill::detail::self());
    lock.lock();
    return 0;
  });
  EXPECT_EQ(result.signal, SIGALRM) << result.text;
  EXPECT_TRUE(contains(result.text, "twill: deadlock: a thread waits for itself")) << result.text;
  EXPECT_TRUE(contains(result.text, "Lock 'ledger'")) << result.text;
}

TEST(DeadlockTest, off_looks_for_nothing) {
  const auto result = support::run_in_child([] {
    EXPECT_EQ(twill::set_deadlock_policy(twill::DeadlockPolicy::off), twill::DeadlockPolicy::raise);
    EXPECT_EQ(twill::deadlock_policy(), twill::DeadlockPolicy::off);
    twill::Lock lock;
    lock.lock();
    end_once_blocked(twill::detail::self());
    lock.lock();
    return 0;
  });
  EXPECT_EQ(result.signal, SIGALRM);
  EXPECT_EQ(result.text, "");
}

}  // namespace
