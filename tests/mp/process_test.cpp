// Paths: what a child does and how it ends; misuse; names; daemons; kill -9 of children and of
// parents; nothing left over.

#include <twill/mp/process.hpp>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include <twill/park/clock.hpp>
#include <twill/platform/error.hpp>
#include <twill/thread/thread.hpp>

#include "mp/chaos.hpp"
#include "mp/processes.hpp"
#include "support/child.hpp"

namespace mp = twill::mp;
using namespace std::chrono_literals;
using namespace processes;
using chaos::open_descriptors;

namespace {

/// Memory that children share.
template <class T>
T& shared() {
  void* const at =
      mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return *new (at) T();
}

template <class F>
std::optional<int> code_of(F f) {
  mp::Process process(f);
  process.start();
  process.join();
  return process.exitcode();
}

TEST(ProcessTest, P1_memory_is_not_shared) {
  int number = 1;
  auto& seen = shared<std::atomic<int>>();
  mp::Process process(
      [&](int argument) {
        number = argument;
        seen = number;
      },
      7);
  process.start();
  process.join();
  EXPECT_EQ(seen, 7);
  EXPECT_EQ(number, 1);
  EXPECT_EQ(process.exitcode(), 0);
}

TEST(ProcessTest, P2_misuse_is_refused) {
  mp::Process process([] {});
  EXPECT_THROW(process.join(), twill::RuntimeError);
  EXPECT_THROW(process.terminate(), twill::RuntimeError);
  process.start();
  EXPECT_THROW(process.start(), twill::RuntimeError);
  const auto elsewhere = code_of([&] {
    try {
      process.join();
    } catch (const twill::RuntimeError&) {
      throw mp::SystemExit(3);
    }
  });
  EXPECT_EQ(elsewhere, 3);
  process.join();
  EXPECT_THROW(process.start(), twill::RuntimeError);
}

TEST(ProcessTest, P3_join_within_a_time_and_until_a_stop) {
  mp::Process process(for_ever);
  process.start();
  EXPECT_FALSE(process.join(1ms));
  EXPECT_FALSE(process.try_join());
  EXPECT_EQ(process.exitcode(), std::nullopt);
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  EXPECT_THROW(process.join(source.get_token()), twill::CancelledError);
  EXPECT_FALSE(process.try_join(1h, source.get_token()));
  process.kill();
  process.join();
  process.join();
  EXPECT_TRUE(process.join(0s));
}

TEST(ProcessTest, P4_exit_codes) {
  EXPECT_EQ(code_of([] {}), 0);
  EXPECT_EQ(code_of([] { throw mp::SystemExit(300); }), 44);
  EXPECT_EQ(code_of([] { throw mp::SystemExit(-1); }), 255);
  EXPECT_EQ(code_of([] { _exit(9); }), 9);
  EXPECT_EQ(code_of([] { std::exit(8); }), 8);
}

TEST(ProcessTest, P4_an_exception_is_printed_with_the_name) {
  testing::internal::CaptureStderr();
  mp::Process process({.name = "baker"}, [] { throw std::runtime_error("burnt"); });
  process.start();
  process.join();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "Exception in process baker: std::runtime_error: burnt\n");
  EXPECT_EQ(process.exitcode(), 1);
}

TEST(ProcessTest, P5_exit_with_a_text) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(code_of([] { throw mp::SystemExit("enough"); }), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "enough\n");
  EXPECT_EQ(code_of([] { throw mp::SystemExit(); }), 0);
}

TEST(ProcessTest, P4_the_handlers_of_the_parent_do_not_run) {
  const auto result = support::run_in_child([] {
    std::atexit([] { dprintf(STDERR_FILENO, "[handler of %d]", static_cast<int>(getpid())); });
    code_of([] {});
    code_of([] { std::exit(0); });
    return 0;
  });
  EXPECT_EQ(result.text, "");
}

TEST(ProcessTest, P6_signals) {
  const auto code_after = [](void (mp::Process::*send)()) {
    mp::Process process(for_ever);
    process.start();
    (process.*send)();
    process.join();
    (process.*send)();
    return process.exitcode();
  };
  EXPECT_EQ(code_after(&mp::Process::terminate), -SIGTERM);
  EXPECT_EQ(code_after(&mp::Process::kill), -SIGKILL);
  EXPECT_EQ(code_after(&mp::Process::interrupt), -SIGINT);
  expect_no_children();
}

TEST(ProcessTest, P7_P8_P9_alive_pid_and_sentinel) {
  mp::Process process(for_ever);
  EXPECT_FALSE(process.is_alive());
  EXPECT_EQ(process.pid(), std::nullopt);
  EXPECT_THROW(process.sentinel(), twill::ValueError);
  process.start();
  EXPECT_TRUE(process.is_alive());
  ASSERT_TRUE(process.pid());
  kill(*process.pid(), SIGKILL);
  pollfd end{process.sentinel(), POLLIN, 0};
  EXPECT_EQ(poll(&end, 1, 60'000), 1);
  process.join();
  EXPECT_EQ(poll(&end, 1, 0), 1);
  EXPECT_FALSE(process.is_alive());
  EXPECT_EQ(process.exitcode(), -9);
}

TEST(ProcessTest, P10_close) {
  mp::Process process(for_ever);
  process.start();
  EXPECT_THROW(process.close(), twill::ValueError);
  process.kill();
  process.join();
  process.close();
  process.close();
  EXPECT_THROW(process.is_alive(), twill::ValueError);
  mp::Process fresh([] {});
  fresh.close();
}

class Baker : public mp::Process {
 public:
  explicit Baker(int code) : code_(code) {}

 private:
  void run() override { throw mp::SystemExit(name() == "Baker-" + number() ? code_ : 99); }
  std::string number() const { return name().substr(name().rfind('-') + 1); }
  int code_;
};

TEST(ProcessTest, P12_a_class_of_ones_own) {
  std::vector<mp::Process> processes{mp::make_process<Baker>(5)};
  EXPECT_EQ(processes[0].name().substr(0, 6), "Baker-");
  processes[0].start();
  processes[0].join();
  EXPECT_EQ(processes[0].exitcode(), 5);
}

TEST(ProcessTest, P12_P15_names_of_the_family) {
  EXPECT_EQ(mp::current_process().name(), "MainProcess");
  EXPECT_FALSE(mp::parent_process());
  mp::Process process([parent = getpid()] {
    const std::string own = mp::current_process().name();
    bool fine = mp::parent_process()->name() == "MainProcess";
    fine = fine && mp::parent_process()->pid() == parent && mp::parent_process()->is_alive();
    fine = fine && !mp::parent_process()->try_join() && mp::active_children().empty();
    fine =
        fine && mp::Process([] {}).name() == own + ":1" && mp::Process([] {}).name() == own + ":2";
    throw mp::SystemExit(fine ? 0 : 1);
  });
  process.start();
  process.join();
  EXPECT_EQ(process.exitcode(), 0);
}

TEST(ProcessTest, P13_daemons) {
  mp::Process process({.daemon = true}, [] {
    mp::Process grandchild([] {});
    if (!mp::current_process().daemon() || !grandchild.daemon()) throw mp::SystemExit(2);
    try {
      grandchild.start();
    } catch (const twill::RuntimeError&) {
      throw mp::SystemExit(3);
    }
  });
  process.start();
  EXPECT_THROW(process.set_daemon(false), twill::RuntimeError);
  process.join();
  EXPECT_EQ(process.exitcode(), 3);
}

TEST(ProcessTest, P16_active_children) {
  mp::Process process(for_ever);
  process.start();
  ASSERT_EQ(mp::active_children().size(), 1u);
  EXPECT_EQ(mp::active_children()[0], process);
  process.kill();
  pollfd end{process.sentinel(), POLLIN, 0};
  poll(&end, 1, -1);
  EXPECT_TRUE(mp::active_children().empty());
  expect_no_children();
}

TEST(ProcessTest, P20_threads_of_a_child_are_waited_for) {
  if (!support::kThreadsAfterFork) GTEST_SKIP();
  auto& done = shared<std::atomic<bool>>();
  EXPECT_EQ(code_of([&] {
              auto* const thread = new twill::Thread([&] {
                twill::sleep(5ms);
                done = true;
              });
              thread->start();
            }),
            0);
  EXPECT_TRUE(done);
}

TEST(ProcessTest, a_daemon_ends_with_a_program_that_ends) {
  Witness witness;
  const auto result = support::run_in_child([] {
    mp::Process({.daemon = true}, [] {
      signal(SIGTERM, SIG_IGN);
      for_ever();
    }).start();
    std::exit(0);
    return 0;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
  EXPECT_TRUE(witness.sees_the_end());
}

TEST(ProcessTest, a_daemon_ends_with_a_parent_that_is_killed) {
  Witness witness;
  const auto result = support::run_in_child([] {
    mp::Process brother({.daemon = true}, for_ever);
    mp::Process daemon({.daemon = true}, for_ever);
    brother.start();
    daemon.start();
    std::thread([] { mp::Process({.daemon = true}, for_ever).start(); }).join();
    raise(SIGKILL);
    return 0;
  });
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_TRUE(witness.sees_the_end());
}

TEST(ProcessTest, the_last_handle_joins) {
  auto& done = shared<std::atomic<bool>>();
  {
    mp::Process process([&] {
      usleep(2000);
      done = true;
    });
    process.start();
    const mp::Process copy = process;
  }
  EXPECT_TRUE(done);
  expect_no_children();
}

TEST(ProcessTest, a_thousand_starts_leave_nothing) {
  code_of([] {});
  const int before = open_descriptors();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(code_of([] {}), 0);
  EXPECT_EQ(open_descriptors(), before);
  expect_no_children();
}

TEST(ProcessTest, many_threads_join_one_process) {
  mp::Process process(for_ever);
  process.start();
  std::atomic<int> joined = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        process.join();
        joined += process.exitcode() == -9;
      });
    process.kill();
  }
  EXPECT_EQ(joined, 8);
}

}  // namespace
