// Paths: the end of a program by return, exit(), _exit(), an exception, pthread_exit() of main, an
// exit() of another thread, each with threads, daemons and timers still there.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fcntl.h>
#include <pthread.h>
#include <stdexcept>
#include <unistd.h>

#include <twill/park/clock.hpp>
#include <twill/sync/event.hpp>
#include <twill/thread/run_main.hpp>
#include <twill/thread/start_new_thread.hpp>
#include <twill/thread/thread.hpp>
#include <twill/thread/threading.hpp>
#include <twill/thread/timer.hpp>

#include "platform/thread_id.hpp"
#include "support/child.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using support::run_in_child;
using twill::Thread;

void say(const char* text) { dprintf(STDERR_FILENO, "%s", text); }

Thread* kept = nullptr;  // reachable, so no leak

/// Starts a thread that nobody's handle joins, and that says so when it ends, after main has.
void leave_behind(twill::ThreadOptions options = {}) {
  kept = new Thread(std::move(options), [] {
    twill::main_thread().join();
    say("thread ended\n");
  });
  kept->start();
}

class ThreadExitTest : public testing::Test {
 protected:
  void SetUp() override {
    if (support::kThreadSanitizer && twill::detail::kernel_tasks() > 1)
      GTEST_SKIP() << "ThreadSanitizer starts no threads after a fork of one of several threads";
  }
};

struct AtExit {
  ~AtExit() { say("statics destroyed\n"); }
};

TEST_F(ThreadExitTest, M12_exit_waits_for_threads_and_keeps_the_code) {
  const auto result = run_in_child([]() -> int {
    leave_behind();
    say("main ended\n");
    std::exit(3);
  });
  EXPECT_EQ(result.exit_code, 3) << result.text;
  EXPECT_EQ(result.text, "main ended\nthread ended\n");
}

TEST_F(ThreadExitTest, M12_statics_made_after_the_first_start_outlive_the_threads) {
  const auto result = run_in_child([]() -> int {
    leave_behind();
    static const AtExit at_exit;
    std::exit(0);
  });
  EXPECT_EQ(result.text, "thread ended\nstatics destroyed\n");
}

TEST_F(ThreadExitTest, M12_threads_started_while_the_program_ends_are_waited_for) {
  const auto result = run_in_child([]() -> int {
    kept = new Thread([] {
      twill::main_thread().join();
      static auto& second = *new Thread([] { say("second\n"); });
      second.start();
      say("first\n");
    });
    kept->start();
    std::exit(0);
  });
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.text.find("first\n"), std::string::npos) << result.text;
  EXPECT_NE(result.text.find("second\n"), std::string::npos) << result.text;
}

TEST_F(ThreadExitTest, M12_a_pending_timer_is_waited_for) {
  const auto result = run_in_child([]() -> int {
    static auto& timer = *new twill::Timer(20ms, [] { say("rang\n"); });
    timer.start();
    std::exit(0);
  });
  EXPECT_EQ(result.text, "rang\n") << result.exit_code << ' ' << result.signal;
}

TEST_F(ThreadExitTest, M12_exit_of_a_thread_waits_for_the_others) {
  const auto result = run_in_child([]() -> int {
    twill::Event started;
    static auto& other = *new Thread([&] {
      started.set();
      twill::sleep(10ms);
      say("other ended\n");
    });
    other.start();
    kept = new Thread([&] {
      started.wait();
      std::exit(5);
    });
    kept->start();
    for (;;) pause();
  });
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(result.text, "other ended\n");
}

TEST_F(ThreadExitTest, M12_run_main_prints_an_exception_and_waits) {
  const auto result = run_in_child([] {
    return twill::run_main([] {
      leave_behind();
      throw std::runtime_error("out of luck");
    });
  });
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.text,
            "Exception in thread MainThread: std::runtime_error: out of luck\nthread ended\n");
}

TEST_F(ThreadExitTest, M12_run_main_keeps_the_code) {
  EXPECT_EQ(run_in_child([] { return twill::run_main([] { return 7; }); }).exit_code, 7);
  EXPECT_EQ(run_in_child([] { return twill::run_main([] {}); }).exit_code, 0);
}

/// Run by the next test, in a process of its own.
TEST_F(ThreadExitTest, DISABLED_main_ends) {
  leave_behind();
  pthread_exit(nullptr);
}

TEST_F(ThreadExitTest, M12_the_main_thread_may_end_by_itself) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "its own thread would go on for ever";
  const auto result = run_in_child([] {
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);  // the test is never destroyed
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    execl("/proc/self/exe", "main_ends", "--gtest_filter=*DISABLED_main_ends",
          "--gtest_also_run_disabled_tests", "--gtest_catch_exceptions=0", nullptr);
    return 1;
  });
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.text, "thread ended\n");
}

TEST_F(ThreadExitTest, T17_an_exception_in_a_thread_does_not_change_the_code) {
  const auto result = run_in_child([]() -> int {
    Thread thread({.name = "t"}, [] { throw std::runtime_error("x"); });
    thread.start();
    thread.join();
    std::exit(4);
  });
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.text, "Exception in thread t: std::runtime_error: x\n");
}

TEST_F(ThreadExitTest, M13_daemons_do_not_delay_the_end) {
  const auto result = run_in_child([]() -> int {
    leave_behind({.daemon = true});
    twill::start_new_thread([] { twill::Event().wait(); });
    Thread spinner({.daemon = true}, [] {
      for (twill::Event never;;) never.wait(1ms);
    });
    spinner.start();
    Thread({.daemon = true}, [] {
      for (;;) pause();
    }).start();
    std::exit(2);
  });
  EXPECT_EQ(result.exit_code, 2) << result.text;
}

TEST_F(ThreadExitTest, M13_a_pending_daemon_timer_is_dropped) {
  const auto result = run_in_child([]() -> int {
    twill::Timer timer({.daemon = true}, 1h, [] { say("rang\n"); });
    timer.start();
    std::exit(0);
  });
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.text, "");
}

TEST_F(ThreadExitTest, M15_an_immediate_exit_waits_for_nobody) {
  const auto result = run_in_child([]() -> int {
    leave_behind();
    _exit(6);
  });
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_EQ(result.text, "");
}

}  // namespace
