// Paths: a cycle through each wait without an owner (queue, semaphore, condition, event) is
// suspected once it lasts, while the rest of the process goes on; and what looks like one is passed
// over.

#include <gtest/gtest.h>

#include <functional>
#include <mutex>
#include <poll.h>
#include <string>
#include <thread>
#include <unistd.h>

#include <twill/queue/lifo_queue.hpp>
#include <twill/queue/queue.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/semaphore.hpp>

#include "park/context.hpp"
#include "support/child.hpp"
#include "support/runner.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;

constexpr auto kAWhile = 900ms;  ///< for those who have nothing to say

void name_self(const char* name) { twill::detail::set_name(twill::detail::self_context(), name); }

/// What a process says first while alice and bob do this, within `limit`. They are still blocked
/// when it ends.
std::string said_by(const std::function<void()>& alice, const std::function<void()>& bob,
                    std::chrono::milliseconds limit = 50s) {
  const auto result = support::run_in_child([&] {
    const int heard_by_parent = dup(STDERR_FILENO);
    int ends[2];
    if (pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0) return 1;
    std::thread([&] { name_self("alice"), alice(); }).detach();
    std::thread([&] { name_self("bob"), bob(); }).detach();
    pollfd said{ends[0], POLLIN, 0};
    if (poll(&said, 1, static_cast<int>(limit.count())) > 0) {
      char text[4096];
      const ssize_t size = read(ends[0], text, sizeof text);
      if (write(heard_by_parent, text, static_cast<std::size_t>(size)) != size) return 1;
    }
    return 0;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
  return result.text;
}

void expect_suspicion(const std::string& text, const std::string& wait, const std::string& why) {
  EXPECT_NE(text.find("suspected deadlock: 2 threads wait for each other"), std::string::npos)
      << text;
  EXPECT_NE(text.find("alice waits for " + wait), std::string::npos) << text;
  EXPECT_NE(text.find(why), std::string::npos) << text;
}

/// alice holds `lock` and waits for what bob did once; bob wants the lock before he does it again.
struct Scene {
  twill::Lock lock{{.name = "door"}};
  twill::Event did_it;
  twill::Event holds;

  std::string play(const std::function<void()>& await, const std::function<void()>& act,
                   std::chrono::milliseconds limit = 50s) {
    return said_by(
        [&] {
          did_it.wait();
          const std::scoped_lock hold(lock);
          await();
          holds.set();
          await();
        },
        [&] {
          act();
          did_it.set();
          holds.wait();
          const std::scoped_lock hold(lock);
          act();
        },
        limit);
  }
};

class SuspectTest : public testing::Test {
 protected:
  void SetUp() override {
    if (support::kThreadSanitizer) GTEST_SKIP() << "threads after a fork";
  }
};

TEST_F(SuspectTest, a_queue_that_nobody_can_fill) {
  Scene scene;
  twill::Queue<int> queue({.name = "jobs"});
  expect_suspicion(scene.play([&] { queue.get(); }, [&] { queue.put(1); }), "Queue 'jobs'",
                   "bob put into it last");
  Scene again;
  twill::LifoQueue<int> stack({.name = "jobs"});
  expect_suspicion(again.play([&] { stack.get(); }, [&] { stack.put(1); }), "LifoQueue 'jobs'",
                   "bob put into it last");
}

TEST_F(SuspectTest, a_queue_that_nobody_can_empty) {
  Scene scene;
  twill::Queue<int> queue({.maxsize = 1, .name = "jobs"});
  queue.put(0);
  expect_suspicion(scene.play([&] { queue.put(1); }, [&] { queue.get(); }), "Queue 'jobs'",
                   "bob took from it last");
}

TEST_F(SuspectTest, a_semaphore_that_nobody_can_release) {
  Scene scene;
  twill::Semaphore semaphore(0, {.name = "permits"});
  expect_suspicion(scene.play([&] { semaphore.acquire(); }, [&] { semaphore.release(); }),
                   "Semaphore 'permits'", "bob used it last");
}

TEST_F(SuspectTest, semaphores_as_locks_taken_crosswise) {
  twill::Semaphore first(1, {.name = "first"});
  twill::Semaphore second(1, {.name = "second"});
  twill::Event alice_has;
  twill::Event bob_has;
  expect_suspicion(
      said_by([&] { first.acquire(), alice_has.set(), bob_has.wait(), second.acquire(); },
              [&] { second.acquire(), bob_has.set(), alice_has.wait(), first.acquire(); }),
      "Semaphore 'second'", "bob used it last");
}

TEST_F(SuspectTest, an_event_that_nobody_can_set) {
  Scene scene;
  twill::Event event({.name = "dawn"});
  expect_suspicion(scene.play([&] { event.wait(), event.clear(); }, [&] { event.set(); }),
                   "Event 'dawn'", "bob set it last");
}

TEST_F(SuspectTest, a_condition_that_nobody_can_notify) {
  Scene scene;
  twill::Condition condition({.name = "changed"});
  bool changed = false;
  const auto await = [&] {
    const std::scoped_lock hold(condition);
    condition.wait_for([&] { return changed; });
    changed = false;
  };
  const auto act = [&] {
    const std::scoped_lock hold(condition);
    changed = true;
    condition.notify();
  };
  expect_suspicion(scene.play(await, act), "Condition 'changed'", "bob notified it last");
}

TEST_F(SuspectTest, a_wait_with_a_limit_is_passed_over) {
  Scene scene;
  twill::Queue<int> queue;
  EXPECT_EQ(
      scene.play([&] { static_cast<void>(queue.try_get(1h)); }, [&] { queue.put(1); }, kAWhile),
      "");
}

TEST_F(SuspectTest, one_who_waits_for_its_own_kind_is_passed_over) {
  twill::Queue<int> queue;
  twill::Semaphore semaphore(1);
  EXPECT_EQ(said_by([&] { queue.put(1), queue.get(), queue.get(); },
                    [&] { semaphore.acquire(), semaphore.acquire(); }, kAWhile),
            "");
}

TEST_F(SuspectTest, a_producer_who_is_only_late_is_passed_over) {
  twill::Queue<int> queue;
  EXPECT_EQ(
      said_by([&] { queue.get(), queue.get(); },
              [&] { queue.put(1), std::this_thread::sleep_for(600ms), queue.put(2); }, kAWhile),
      "");
}

}  // namespace
