// Paths: threads made from callables and from classes, started and run; each misuse; numbers, names
// and daemons before, during and after; a system that refuses. Joins are in thread_join_test.cpp,
// what is destroyed when in thread_lifetime_test.cpp.

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <pthread.h>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/thread/make_thread.hpp>
#include <twill/thread/thread.hpp>
#include <twill/thread/threading.hpp>

namespace {

using twill::Event;
using twill::Thread;

int twice(int x) { return 2 * x; }

TEST(ThreadTest, T1_start_runs_the_callable_with_its_arguments) {
  int sum = 0;
  std::uint64_t there = 0;
  auto moved = std::make_unique<int>(30);
  Thread thread(
      [&](int a, const std::unique_ptr<int>& b, int& by_reference) {
        sum = a + *b;
        by_reference = sum;
        there = twill::get_ident();
        return "discarded";
      },
      12, std::move(moved), std::ref(sum));
  EXPECT_EQ(sum, 0);
  thread.start();
  thread.join();
  EXPECT_EQ(sum, 42);
  EXPECT_EQ(there, thread.ident());
  EXPECT_NE(there, twill::get_ident());
  Thread plain(twice, 4);
  plain.start();
}

TEST(ThreadTest, T1_arguments_are_copied) {
  std::string text = "before";
  Event go;
  std::string seen;
  Thread thread([&](const std::string& copy) { go.wait(), seen = copy; }, text);
  thread.start();
  text = "after";
  go.set();
  thread.join();
  EXPECT_EQ(seen, "before");
}

TEST(ThreadTest, T1_a_callable_that_can_only_be_moved_runs_once) {
  int ran = 0;
  Thread thread([&ran, only = std::make_unique<int>(7)] { ran += *only; });
  thread.start();
  thread.join();
  EXPECT_EQ(ran, 7);
}

class Counter : public Thread {
 public:
  explicit Counter(int n) : Thread({.name = "counter"}), n_(n) {}
  ~Counter() override { alive = false; }
  void run() override {
    for (int i = 0; i < n_; ++i) ++count;
    ident_in_run = twill::get_ident();
    name_in_run = name();
  }

  int count = 0;
  std::uint64_t ident_in_run = 0;
  std::string name_in_run;
  static inline bool alive = false;

 private:
  int n_;
};

TEST(ThreadTest, T2_a_class_of_ones_own_overrides_run) {
  auto counter = twill::make_thread<Counter>(5);
  EXPECT_EQ(counter.name(), "counter");
  counter.start();
  counter.join();
  EXPECT_EQ(counter->count, 5);
  EXPECT_EQ(counter->ident_in_run, counter.ident());
  EXPECT_EQ(counter->name_in_run, "counter");
  EXPECT_EQ(*counter, counter);  // the object is a handle on its thread as well
  std::vector<Thread> threads;
  threads.push_back(counter);
  EXPECT_EQ(threads.front(), counter);
}

TEST(ThreadTest, T3_starting_twice_is_an_error_that_names_the_thread) {
  Event go;
  Thread thread({.name = "once"}, [&] { go.wait(); });
  thread.start();
  EXPECT_THROW(thread.start(), twill::RuntimeError);
  go.set();
  thread.join();
  try {
    thread.start();
    FAIL();
  } catch (const twill::RuntimeError& error) {
    EXPECT_STREQ(error.what(), "start() of once: a thread can be started only once");
  }
}

TEST(ThreadTest, T3_of_two_starts_at_once_one_is_an_error) {
  for (int i = 0; i < 50; ++i) {
    std::atomic<int> runs{0};
    std::atomic<int> refused{0};
    Thread thread([&] { ++runs; });
    {
      std::vector<std::jthread> starters;
      for (int n = 0; n < 2; ++n)
        starters.emplace_back([&] {
          try {
            thread.start();
          } catch (const twill::RuntimeError&) {
            ++refused;
          }
        });
    }
    thread.join();
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(refused, 1);
  }
}

TEST(ThreadTest, T4_ident_and_is_alive_hold_when_start_returns) {
  for (int i = 0; i < 200; ++i) {
    Event go;
    Thread thread([&] { go.wait(); });
    thread.start();
    EXPECT_TRUE(thread.is_alive());
    EXPECT_TRUE(thread.ident().has_value());
    if (i % 2 == 0) {
      EXPECT_GT(thread.native_id().value_or(0), 0);
    }
    go.set();
  }
}

TEST(ThreadTest, T8_is_alive_from_start_until_join_returned) {
  for (int i = 0; i < 200; ++i) {
    Thread thread([] {});
    EXPECT_FALSE(thread.is_alive());
    thread.start();
    thread.join();
    EXPECT_FALSE(thread.is_alive());
  }
}

TEST(ThreadTest, T9_ident_and_native_id_stay_after_the_end) {
  std::int64_t native = 0;
  Thread thread([&] { native = twill::get_native_id(); });
  EXPECT_EQ(thread.ident(), std::nullopt);
  EXPECT_EQ(thread.native_id(), std::nullopt);
  thread.start();
  const auto ident = thread.ident();
  thread.join();
  EXPECT_NE(ident.value_or(0), 0u);
  EXPECT_EQ(thread.ident(), ident);
  EXPECT_EQ(thread.native_id(), native);
}

TEST(ThreadTest, T10_default_names_count_up) {
  const auto number = [](const Thread& thread) {
    EXPECT_EQ(thread.name().substr(0, 7), "Thread-");
    return std::stoi(thread.name().substr(7));
  };
  const int first = number(Thread([] {}));
  Thread named({.name = "named"}, [] {});
  EXPECT_EQ(number(Thread({.name = ""}, twice, 1)), first + 1);
  EXPECT_EQ(named.name(), "named");
}

TEST(ThreadTest, T12_a_name_may_be_changed_any_time_and_need_not_be_unique) {
  Event go;
  std::string seen;
  char kernel[16]{};
  Thread thread([&] {
    go.wait();
    seen = twill::current_thread().name();
    twill::current_thread().set_name("renamed by itself, at length");
    pthread_getname_np(pthread_self(), kernel, sizeof kernel);
  });
  Thread other({.name = "same"}, [] {});
  thread.set_name("same");
  thread.start();
  EXPECT_EQ(thread.name(), other.name());
  thread.set_name("while it runs");
  go.set();
  thread.join();
  EXPECT_EQ(seen, "while it runs");
  EXPECT_STREQ(kernel, "renamed by itse");
  EXPECT_EQ(thread.name(), "renamed by itself, at length");
  thread.set_name("after the end");
  EXPECT_EQ(thread.name(), "after the end");
}

TEST(ThreadTest, T12_the_kernel_knows_the_name) {
  char kernel[16]{};
  Thread thread({.name = "producer"},
                [&] { pthread_getname_np(pthread_self(), kernel, sizeof kernel); });
  thread.start();
  thread.join();
  EXPECT_STREQ(kernel, "producer");
}

TEST(ThreadTest, T13_daemon_is_inherited) {
  EXPECT_FALSE(Thread([] {}).daemon());
  bool of_daemon = false;
  bool overridden = true;
  Thread daemon({.daemon = true}, [&] {
    of_daemon = Thread([] {}).daemon();
    overridden = Thread({.daemon = false}, [] {}).daemon();
  });
  EXPECT_TRUE(daemon.daemon());
  daemon.start();
  daemon.join();
  EXPECT_TRUE(of_daemon);
  EXPECT_FALSE(overridden);
}

TEST(ThreadTest, T14_daemon_cannot_be_set_after_start) {
  Thread thread([] {});
  thread.set_daemon(true);
  thread.set_daemon(false);
  thread.start();
  EXPECT_THROW(thread.set_daemon(true), twill::RuntimeError);
  thread.join();
  EXPECT_THROW(thread.set_daemon(true), twill::RuntimeError);
  EXPECT_FALSE(thread.daemon());
}

TEST(ThreadTest, T15_run_called_directly_runs_in_the_caller) {
  auto counter = twill::make_thread<Counter>(3);
  counter->run();
  counter.run();
  EXPECT_EQ(counter->count, 6);
  EXPECT_EQ(counter->ident_in_run, twill::get_ident());
  EXPECT_FALSE(counter.is_alive());
  EXPECT_EQ(counter.ident(), std::nullopt);

  std::uint64_t where = 0;
  Thread thread([&] { where = twill::get_ident(); });
  thread.run();
  EXPECT_EQ(where, twill::get_ident());
  EXPECT_FALSE(thread.is_alive());
  EXPECT_THROW(thread.start(), twill::RuntimeError);  // the callable is used up
}

TEST(ThreadTest, T19_an_object_that_make_thread_has_not_made_cannot_be_started) {
  Counter counter(1);
  try {
    counter.start();
    FAIL();
  } catch (const twill::RuntimeError& error) {
    EXPECT_STREQ(error.what(), "start() of counter, an object that make_thread() has not made");
  }
  EXPECT_FALSE(counter.is_alive());
}

TEST(ThreadTest, many_threads_at_once) {
  constexpr int kThreads = 100;
  std::vector<Thread> threads;
  std::atomic<int> sum{0};
  std::set<std::uint64_t> idents;
  Event go;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([&, i] { go.wait(), sum += i; });
  for (auto& thread : threads) {
    thread.start();
    idents.insert(*thread.ident());
  }
  go.set();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(sum, kThreads * (kThreads - 1) / 2);
  EXPECT_EQ(idents.size(), kThreads);
}

TEST(ThreadTest, a_thread_that_the_system_refused_is_named_and_may_be_started_later) {
  int runs = 0;
  Thread thread({.name = "refused"}, [&] { ++runs; });
  twill::stack_size(std::int64_t{1} << 60);  // no machine has so much
  std::string text;
  try {
    thread.start();
  } catch (const twill::OSError& error) {
    text = error.what();
  }
  twill::stack_size(0);
  EXPECT_EQ(text.substr(0, 18), "start() of refused");
  EXPECT_FALSE(thread.is_alive());
  EXPECT_EQ(thread.ident(), std::nullopt);
  thread.start();
  thread.join();
  EXPECT_EQ(runs, 1);
}

void start_where_the_system_refuses() {
  Thread thread({.name = "refused"}, [] {});
  int code = 0;
  try {
    thread.start();
  } catch (const twill::OSError& error) {
    code = error.code().value();
  }
  const bool unstarted = !thread.is_alive() && !thread.ident() && twill::active_count() == 1;
  bool join_refused = false;
  try {
    thread.join();
  } catch (const twill::RuntimeError&) {
    join_refused = true;
  }
  std::_Exit(code == EAGAIN && unstarted && join_refused ? 0 : 1);
}

TEST(ThreadDeathTest, a_thread_that_the_system_refuses_stays_unstarted) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a fresh process, which reads TWILL_FAULT anew
  setenv("TWILL_FAULT", "thread_create", 1);
  EXPECT_EXIT(start_where_the_system_refuses(), testing::ExitedWithCode(0), "");
  unsetenv("TWILL_FAULT");
}

}  // namespace
