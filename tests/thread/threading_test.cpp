// Paths: the calling thread as main, started, foreign, raw; the list of threads; stack sizes; the
// excepthook, given, absent, throwing.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <pthread.h>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/thread/excepthook.hpp>
#include <twill/thread/make_thread.hpp>
#include <twill/thread/start_new_thread.hpp>
#include <twill/thread/thread.hpp>
#include <twill/thread/threading.hpp>
#include <twill/thread/timer.hpp>

#include "support/child.hpp"
#include "support/runner.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
using twill::Event;
using twill::Thread;

bool lists(const Thread& thread) {
  const auto all = twill::enumerate();
  return std::find(all.begin(), all.end(), thread) != all.end();
}

/// What `f` prints to stderr, which only other threads write to meanwhile.
template <class F>
std::string stderr_of(F&& f) {
  testing::internal::CaptureStderr();
  f();
  return testing::internal::GetCapturedStderr();
}

TEST(ThreadingTest, M1_current_thread_equals_the_handle_that_was_started) {
  bool equal = false;
  bool same = false;
  Thread thread([&] {
    equal = twill::current_thread() == thread;
    same = twill::current_thread() == twill::current_thread();
  });
  thread.start();
  thread.join();
  EXPECT_TRUE(equal);
  EXPECT_TRUE(same);
  EXPECT_NE(twill::current_thread(), thread);
}

TEST(ThreadingTest, M2_main_thread) {
  EXPECT_EQ(twill::main_thread(), twill::current_thread());
  EXPECT_EQ(twill::main_thread().name(), "MainThread");
  EXPECT_FALSE(twill::main_thread().daemon());
  EXPECT_TRUE(twill::main_thread().is_alive());
  EXPECT_THROW(twill::main_thread().join(), twill::RuntimeError);
  EXPECT_EQ(twill::main_thread().native_id(), getpid());
  bool differs = false;
  Thread thread([&] { differs = twill::main_thread() != twill::current_thread(); });
  thread.start();
  thread.join();
  EXPECT_TRUE(differs);
  EXPECT_FALSE(twill::enumerate().empty());
}

TEST(ThreadingTest, M2_joining_main_from_elsewhere_waits) {
  bool ended = true;
  Thread thread([&] { ended = twill::main_thread().join(0s); });
  thread.start();
  thread.join();
  EXPECT_FALSE(ended);
}

TEST(ThreadingTest, M3_a_foreign_thread_gets_a_dummy) {
  std::vector<Thread> kept;
  std::thread foreign([&] {
    const Thread me = twill::current_thread();
    EXPECT_EQ(me, twill::current_thread());
    EXPECT_EQ(me.name().substr(0, 6), "Dummy-");
    EXPECT_TRUE(me.daemon());
    EXPECT_TRUE(me.is_alive());
    EXPECT_EQ(me.ident(), twill::get_ident());
    EXPECT_EQ(me.native_id(), twill::get_native_id());
    EXPECT_THROW(twill::current_thread().join(), twill::RuntimeError);
    EXPECT_TRUE(lists(me));
    EXPECT_TRUE(Thread([] {}).daemon());
    kept.push_back(me);
  });
  foreign.join();
  EXPECT_FALSE(kept.front().is_alive());
  EXPECT_FALSE(lists(kept.front()));
  EXPECT_THROW(kept.front().join(), twill::RuntimeError);
}

TEST(ThreadingTest, M4_enumerate_lists_those_that_are_alive) {
  // Raw threads of other tests may be on their way out.
  support::yield_until([] { return twill::active_count() == 1; }, "others to be gone");
  const auto before = twill::active_count();
  Event go;
  Thread plain([&] { go.wait(); });
  Thread daemon({.daemon = true}, [&] { go.wait(); });
  twill::Timer timer(1h, [] {});
  EXPECT_EQ(twill::active_count(), before);
  plain.start();
  daemon.start();
  timer.start();
  EXPECT_EQ(twill::active_count(), before + 3);
  EXPECT_EQ(twill::enumerate().size(), before + 3);
  EXPECT_EQ(twill::enumerate().front(), twill::main_thread());
  for (const Thread& thread : {plain, daemon, static_cast<Thread&>(timer)})
    EXPECT_TRUE(lists(thread));
  go.set();
  timer.cancel();
  plain.join();
  daemon.join();
  EXPECT_EQ(twill::active_count(), before);
  EXPECT_FALSE(lists(plain));
}

TEST(ThreadingTest, M6_idents) {
  EXPECT_NE(twill::get_ident(), 0u);
  EXPECT_EQ(twill::get_ident(), twill::current_thread().ident());
  EXPECT_EQ(twill::get_native_id(), syscall(SYS_gettid));
  std::uint64_t other = 0;
  Thread thread([&] { other = twill::get_ident(); });
  thread.start();
  thread.join();
  EXPECT_NE(other, twill::get_ident());
}

TEST(ThreadingTest, M6_live_threads_differ) {
  constexpr std::size_t kThreads = 8;
  std::vector<std::uint64_t> idents(kThreads);
  std::vector<std::int64_t> natives(kThreads);
  std::atomic<std::size_t> known{0};
  std::vector<Thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      idents[i] = twill::get_ident();
      natives[i] = twill::get_native_id();
      EXPECT_EQ(natives[i], syscall(SYS_gettid));
      ++known;
      support::yield_until([&] { return known == kThreads; });  // all are alive at once
    });
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(std::set(idents.begin(), idents.end()).size(), kThreads);
  EXPECT_EQ(std::set(natives.begin(), natives.end()).size(), kThreads);
  EXPECT_EQ(std::count(idents.begin(), idents.end(), 0u), 0);
}

std::size_t stack_of_this_thread() {
  pthread_attr_t attributes;
  pthread_getattr_np(pthread_self(), &attributes);
  std::size_t size = 0;
  pthread_attr_getstacksize(&attributes, &size);
  pthread_attr_destroy(&attributes);
  return size;
}

TEST(ThreadingTest, M7_stack_size) {
  constexpr std::int64_t kSize = 1 << 20;
  EXPECT_EQ(twill::stack_size(), 0);
  EXPECT_EQ(twill::stack_size(kSize), 0);
  EXPECT_EQ(twill::stack_size(), kSize);
  std::size_t seen = 0;
  Thread thread([&] { seen = stack_of_this_thread(); });
  thread.start();
  thread.join();
  EXPECT_GE(seen, static_cast<std::size_t>(kSize));
  EXPECT_LE(seen, static_cast<std::size_t>(2 * kSize));
  for (const std::int64_t bad : {-1, 1, 4096, 32 * 1024 - 1})
    EXPECT_THROW(twill::stack_size(bad), twill::ValueError);
  EXPECT_EQ(twill::stack_size(0), kSize);
}

class Hook {
 public:
  explicit Hook(twill::ExceptHook hook) : before_(twill::set_excepthook(std::move(hook))) {}
  ~Hook() { twill::set_excepthook(std::move(before_)); }

 private:
  twill::ExceptHook before_;
};

std::string what(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "something else";
  }
}

TEST(ThreadingTest, M8_the_excepthook_runs_in_the_failing_thread) {
  std::string text;
  std::uint64_t where = 0;
  std::string who;
  const Hook hook([&](const twill::ExceptHookArgs& args) {
    text = what(args.exc);
    who = args.thread.name();
    where = twill::get_ident();
  });
  Thread thread({.name = "failing"}, [] { throw std::runtime_error("no money"); });
  thread.start();
  thread.join();
  EXPECT_EQ(text, "no money");
  EXPECT_EQ(who, "failing");
  EXPECT_EQ(where, thread.ident());
}

TEST(ThreadingTest, T17_an_exception_goes_to_the_hook_and_not_to_join) {
  int calls = 0;
  const Hook hook([&](const twill::ExceptHookArgs&) { ++calls; });
  for (int i = 0; i < 3; ++i) {
    Thread thread([] { throw 42; });
    thread.start();
    EXPECT_NO_THROW(thread.join());
  }
  EXPECT_EQ(calls, 3);
}

TEST(ThreadingTest, T17_an_exception_that_leaves_run_goes_to_the_hook) {
  struct Failing : Thread {
    void run() override { throw std::runtime_error("run"); }
  };
  std::string text;
  const Hook hook([&](const twill::ExceptHookArgs& args) { text = what(args.exc); });
  auto thread = twill::make_thread<Failing>();
  thread.start();
  thread.join();
  EXPECT_EQ(text, "run");
  EXPECT_THROW(thread->run(), std::runtime_error);  // called directly it is a function like others
}

TEST(ThreadingTest, M9_the_default_hook_prints_thread_type_and_text) {
  EXPECT_EQ(stderr_of([] {
              Thread thread({.name = "teller"}, [] { throw twill::ValueError("no such account"); });
              thread.start();
              thread.join();
            }),
            "Exception in thread teller: twill::ValueError: no such account\n");
  EXPECT_EQ(stderr_of([] {
              Thread thread({.name = "teller"}, [] { throw 1; });
              thread.start();
              thread.join();
            }),
            "Exception in thread teller: int\n");
}

TEST(ThreadingTest, P15_what_the_destructor_of_a_capture_throws_goes_to_the_excepthook) {
  struct Bad {
    Bad() = default;
    Bad(Bad&& other) noexcept : armed(std::exchange(other.armed, false)) {}
    ~Bad() noexcept(false) {
      if (armed) throw std::logic_error("bad destructor");
    }
    bool armed = true;
  };
  std::atomic<int> told{0};
  const Hook hook([&](const twill::ExceptHookArgs&) { ++told; });
  Thread thread([bad = Bad()] {});
  thread.start();
  thread.join();
  EXPECT_EQ(told, 1);
  twill::start_new_thread([bad = Bad()] {});
  support::yield_until([&] { return told == 2; }, "the hook");
}

TEST(ThreadingTest, M9_set_excepthook_answers_the_one_before) {
  const auto original = twill::set_excepthook([](const twill::ExceptHookArgs&) {});
  const auto mine = twill::set_excepthook(original);
  EXPECT_TRUE(original);
  EXPECT_TRUE(mine);
  EXPECT_EQ(stderr_of([&] {
              twill::default_excepthook(
                  {std::make_exception_ptr(std::logic_error("x")), twill::current_thread()});
            }),
            "Exception in thread MainThread: std::logic_error: x\n");
  twill::set_excepthook({});
}

TEST(ThreadingTest, M9_a_hook_that_throws_is_reported_too) {
  const Hook hook([](const twill::ExceptHookArgs&) { throw std::logic_error("hook"); });
  EXPECT_EQ(stderr_of([] {
              Thread thread({.name = "t"}, [] { throw std::runtime_error("target"); });
              thread.start();
              thread.join();
            }),
            "Exception in thread t: std::runtime_error: target\n"
            "Exception in its excepthook: std::logic_error: hook\n");
}

TEST(ThreadingTest, start_new_thread_runs_and_answers_the_ident) {
  Event done;
  std::uint64_t inside = 0;
  std::string name;
  const std::uint64_t ident = twill::start_new_thread(
      [&](int x) {
        inside = twill::get_ident() + static_cast<std::uint64_t>(x);
        name = twill::current_thread().name();
        done.set();
      },
      1);
  done.wait();
  EXPECT_EQ(inside, ident + 1);
  EXPECT_EQ(name.substr(0, 6), "Dummy-");
}

TEST(ThreadingTest, start_new_thread_reports_exceptions) {
  Event reported;
  std::string text;
  const Hook hook([&](const twill::ExceptHookArgs& args) {
    text = what(args.exc);
    reported.set();
  });
  twill::start_new_thread([] { throw std::runtime_error("raw"); });
  reported.wait();
  EXPECT_EQ(text, "raw");
}

TEST(ThreadingTest, start_new_thread_says_that_the_system_refused) {
  const auto held = std::make_shared<int>(0);
  twill::stack_size(std::int64_t{1} << 60);  // no machine has so much
  std::string text;
  try {
    twill::start_new_thread([held] {});
  } catch (const twill::OSError& error) {
    text = error.what();
  }
  twill::stack_size(0);
  EXPECT_EQ(text.substr(0, 18), "start_new_thread()");
  EXPECT_EQ(held.use_count(), 1);  // what it was to run is destroyed
}

}  // namespace
