// Paths of forkserver alone: one server, which is forked from; killed, between starts and at any
// instant of one; one that cannot fork; whose standard files the child has.

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <random>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <twill/mp/lock.hpp>
#include <twill/mp/value.hpp>
#include <twill/platform/error.hpp>

#include "mp/chaos.hpp"
#include "mp/start_methods.hpp"
#include "support/child.hpp"
#include "support/sanitizers.hpp"

namespace {

namespace mp = twill::mp;
using start_methods::code_of;
using start_methods::End;
using start_methods::end_of;

constexpr const char* kTell = "TWILL_TEST_TELL";  ///< where a server writes its pid
constexpr const char* kThread = "TWILL_TEST_THREAD";
constexpr const char* kShare = "TWILL_TEST_SHARE";

/// The process whose main() was to run: that of the server, in its children.
const int made_in = [] {
  const int own = getpid();
  if (const char* const file = std::getenv(kTell); file != nullptr)
    if (pwrite(std::atoi(file), &own, sizeof own, 0) != ssize_t{sizeof own}) std::abort();
  if (std::getenv(kThread) != nullptr) std::thread([] { pause(); }).detach();
  return own;
}();

class ForkServerTest : public start_methods::Test {};
class MpChaosForkServerTest : public start_methods::Test {};

/// The other one has a thread of its own, so all is spawned.
constexpr bool kServes = !support::kThreadSanitizer;

int made_in_of_a_child() {
  const End end = end_of(mp::forkserver, [] { dprintf(STDERR_FILENO, "%d", made_in); });
  EXPECT_EQ(end.code, 0) << end;
  return std::atoi(end.text.c_str());
}

TEST_F(ForkServerTest, children_are_forked_from_one_server_that_is_killed_and_made_again) {
  if (!kServes) GTEST_SKIP();
  const int first = made_in_of_a_child();
  EXPECT_NE(first, getpid());
  EXPECT_EQ(made_in_of_a_child(), first);
  mp::Process child(mp::forkserver, [] {
    int signal = 0;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    dprintf(STDERR_FILENO, ".");
    sigwait(&set, &signal);
    throw mp::SystemExit(getppid() == *mp::parent_process()->pid() ? 7 : 8);
  });
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const int saved = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  child.start();
  dup2(saved, STDERR_FILENO);
  char dot = 0;
  ASSERT_EQ(read(ends[0], &dot, 1), 1);
  for (const int file : {saved, ends[0], ends[1]}) close(file);

  kill(first, SIGKILL);
  const int second = made_in_of_a_child();
  EXPECT_NE(second, first);
  EXPECT_EQ(made_in_of_a_child(), second);
  EXPECT_TRUE(child.is_alive());
  kill(*child.pid(), SIGUSR1);
  child.join();
  EXPECT_EQ(child.exitcode(), 7);
  EXPECT_EQ(waitpid(first, nullptr, 0), -1) << "the first server is a zombie";
}

TEST_F(ForkServerTest, a_forked_child_has_a_server_of_its_own) {
  if (!kServes) GTEST_SKIP();
  const int own = made_in_of_a_child();
  mp::Process forked([&] { throw mp::SystemExit(made_in_of_a_child() == own ? 1 : 2); });
  forked.start();
  forked.join();
  EXPECT_EQ(forked.exitcode(), 2);
  EXPECT_EQ(made_in_of_a_child(), own);
}

TEST_F(ForkServerTest, the_server_ends_with_its_process) {
  const auto result = support::run_in_child([] {
    if (code_of(mp::forkserver, [] {}) != 0) return 1;
    raise(SIGKILL);
    return 0;
  });  // answers when nobody has the pipe any more, the server included
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_EQ(result.text, "");
}

TEST_F(ForkServerTest, the_c_library_and_the_kernel_know_the_thread_of_the_child) {
  EXPECT_EQ(code_of(mp::forkserver,
                    [] {
                      pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
                      pthread_mutex_lock(&mutex);
                      if (mutex.__data.__owner != getpid()) throw mp::SystemExit(1);
                      pthread_mutex_unlock(&mutex);
                      void* list = nullptr;
                      std::size_t size = 0;
                      syscall(SYS_get_robust_list, 0, &list, &size);
                      if (list == nullptr) throw mp::SystemExit(2);
                      bool ran = false;
                      std::thread([&] { ran = true; }).join();
                      if (!ran) throw mp::SystemExit(3);
                    }),
            0);
}

struct Till {
  mp::Lock lock;
  mp::RawValue<int> coins{0};
};
const std::unique_ptr<Till> till(std::getenv(kShare) != nullptr ? new Till : nullptr);

/// As children of one process by fork do.
TEST_F(ForkServerTest, children_share_what_static_objects_share_and_hear_of_deaths) {
  if (!kServes) GTEST_SKIP();
  const auto result = support::run_in_child([] {
    setenv(kShare, "", 1);
    code_of(mp::forkserver, [] {
      const std::scoped_lock hold(till->lock);
      *till->coins = 5;
      raise(SIGKILL);
    });
    return *code_of(mp::forkserver, [] {
      try {
        till->lock.lock();
        throw mp::SystemExit(200);
      } catch (mp::OwnerDied& dead) {
        dead.recovered();
        till->lock.unlock();
      }
      throw mp::SystemExit(*till->coins);
    });
  });
  EXPECT_EQ(result.exit_code, 5) << result.text;
}

TEST_F(ForkServerTest, the_standard_files_are_those_of_the_start) {
  made_in_of_a_child();
  const auto closed = support::run_in_child([] {
    close(STDIN_FILENO);
    for (int i = 0; i < 2; ++i)
      if (const auto code = code_of(mp::forkserver,
                                    [] {
                                      const bool is_closed = fcntl(STDIN_FILENO, F_GETFD) < 0;
                                      dprintf(STDERR_FILENO, "x");
                                      throw mp::SystemExit(is_closed ? 3 : 4);
                                    });
          code != 3)
        return *code;
    return 0;
  });
  EXPECT_EQ(closed.exit_code, 0);
  EXPECT_EQ(closed.text, "xx");
}

void say_folder() {
  char* const name = get_current_dir_name();
  dprintf(STDERR_FILENO, "%s", name);
  std::free(name);
}

TEST_F(ForkServerTest, the_folder_is_that_of_the_start) {
  char* const before = get_current_dir_name();
  EXPECT_EQ(end_of(mp::forkserver, say_folder), (End{0, before}));
  ASSERT_EQ(chdir("/"), 0);
  EXPECT_EQ(end_of(mp::forkserver, say_folder), (End{0, "/"}));
  ASSERT_EQ(chdir(before), 0);
  std::free(before);
}

TEST_F(ForkServerTest, with_threads_in_the_server_children_are_spawned) {
  const auto result = support::run_in_child([] {
    setenv(kThread, "", 1);
    for (int i = 0; i < 3; ++i) {
      const auto code =
          code_of(mp::forkserver, [] { throw mp::SystemExit(made_in == getpid() ? 3 : 4); });
      if (code != 3) return *code;
    }
    siginfo_t info;  // nor is there a server
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == -1 ? 0 : 5;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
}

TEST_F(ForkServerTest, a_server_that_may_not_fork_says_so) {
  if (!kServes) GTEST_SKIP();
  const auto result = support::run_in_child([] {
    setenv("TWILL_FAULT", "fork", 1);
    mp::Process child(mp::forkserver, [] {});
    for (int i = 0; i < 2; ++i) {
      try {
        child.start();
        return 1;
      } catch (const twill::OSError& error) {
        if (error.code().value() != EAGAIN) return 2;
      }
    }
    return child.pid() ? 3 : 0;
  });
  EXPECT_EQ(result.exit_code, 0) << result.text;
}

/// Adds a byte to a file for each run.
void run_once(int runs, int code) {
  if (write(runs, "", 1) != 1) throw mp::SystemExit(200);
  throw mp::SystemExit(code);
}

TEST_F(MpChaosForkServerTest, a_server_that_is_killed_at_any_instant_harms_nobody) {
  if (!kServes) GTEST_SKIP();
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const int told = memfd_create("told", 0), runs = memfd_create("runs", 0);
  ASSERT_EQ(ftruncate(told, sizeof(int)), 0);
  ASSERT_EQ(fcntl(runs, F_SETFL, O_APPEND), 0);
  kill(made_in_of_a_child(), SIGKILL);
  setenv(kTell, std::to_string(told).c_str(), 1);
  const auto before = std::chrono::steady_clock::now();
  code_of(mp::forkserver, [] {});
  const std::chrono::nanoseconds start = std::chrono::steady_clock::now() - before;
  const int descriptors = chaos::open_descriptors();
  std::atomic<bool> stop = false;
  std::atomic<int> killed = 0;
  std::jthread killer([&, random = std::mt19937(seed)]() mutable {
    int last = 0;
    while (!stop) {
      int pid = 0;
      EXPECT_EQ(pread(told, &pid, sizeof pid, 0), ssize_t{sizeof pid});
      if (pid == last) continue;
      last = pid;
      std::this_thread::sleep_for(start * (random() % 1'000) / 400);  // most have begun by then
      killed += kill(pid, SIGKILL) == 0;
    }
  });
  constexpr int kStarters = 4;
  const int each = chaos::kills() / kStarters * 5;
  {
    std::vector<std::jthread> starters;
    for (int starter = 0; starter < kStarters; ++starter)
      starters.emplace_back([&] {
        for (int i = 0; i < each; ++i)
          ASSERT_EQ(code_of(mp::forkserver, run_once, runs, i % 100), i % 100);
      });
  }
  stop = true;
  killer.join();
  unsetenv(kTell);
  struct stat status;
  fstat(runs, &status);
  EXPECT_EQ(status.st_size, each * kStarters);
  EXPECT_GT(killed, 0);
  code_of(mp::forkserver, [] {});  // takes the last dead server away
  siginfo_t info{};
  EXPECT_EQ(waitid(P_ALL, 0, &info, WEXITED | WNOHANG), 0) << "no server";
  EXPECT_EQ(info.si_pid, 0) << "a zombie";
  EXPECT_EQ(chaos::open_descriptors(), descriptors);
  close(told);
  close(runs);
}

}  // namespace
