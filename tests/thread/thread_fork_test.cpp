// Paths: forks by the main thread, by another of twill's, by a stranger.

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include <twill/sync/event.hpp>
#include <twill/thread/thread.hpp>
#include <twill/thread/threading.hpp>
#include <twill/thread/timer.hpp>

#include "support/child.hpp"

namespace {

using namespace std::chrono_literals;
using twill::Event;
using twill::Thread;

TEST(ThreadForkTest, a_fork_leaves_the_forking_thread_as_main) {
  Event go;
  Thread other([&] { go.wait(); });
  twill::Timer timer(1h, [] {});
  other.start();
  timer.start();
  const auto result = support::run_in_child([&] {
    if (other.is_alive() || timer.is_alive()) return 1;
    if (!twill::main_thread().is_alive() || twill::active_count() != 1) return 2;
    other.join();
    timer.join();
    if (!support::kThreadsAfterFork) return 0;
    int ran = 0;
    Thread fresh([&] { ++ran; });
    fresh.start();
    fresh.join();
    twill::Timer again(1ms, [&] { ++ran; });
    again.start();
    again.join();
    return ran == 2 ? 0 : 3;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
  EXPECT_TRUE(other.is_alive());
  EXPECT_TRUE(timer.is_alive());
  timer.cancel();
  go.set();
}

TEST(ThreadForkTest, a_fork_by_another_thread_makes_that_one_main) {
  int code = -1;
  Thread thread({.name = "forker", .daemon = true}, [&] {
    const auto result = support::run_in_child([&] {
      const Thread me = twill::current_thread();
      if (me != twill::main_thread() || me != thread) return 1;
      if (me.name() != "MainThread" || me.daemon()) return 2;
      return twill::active_count() == 1 ? 0 : 3;
    });
    code = result.exit_code;
  });
  thread.start();
  thread.join();
  EXPECT_EQ(code, 0);
  EXPECT_EQ(thread.name(), "forker");
}

TEST(ThreadForkTest, a_fork_by_a_foreign_thread_makes_a_new_main) {
  int code = -1;
  std::thread([&] {
    code = support::run_in_child([] {
             if (twill::current_thread() != twill::main_thread()) return 1;
             return twill::main_thread().name() == "MainThread" ? 0 : 2;
           }).exit_code;
  }).join();
  EXPECT_EQ(code, 0);
}

}  // namespace
