// Paths: start, join and end of threads made from callables and from classes; each misuse; every
// spelling of join; deadlocks through joins; what is destroyed when; forced unwinding.

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <pthread.h>
#include <set>
#include <stop_token>
#include <thread>
#include <unistd.h>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/make_thread.hpp>
#include <twill/thread/thread.hpp>
#include <twill/thread/threading.hpp>

#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::is_blocked;
using support::Runner;
using support::yield_until;
using twill::Event;
using twill::Thread;

void until_blocked(const Thread& thread) {
  yield_until([&] { return is_blocked(static_cast<std::uint32_t>(*thread.ident())); },
              "a thread to sleep in the door");
}

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

TEST(ThreadTest, T2_the_object_lives_until_its_run_has_ended) {
  struct Slow : Thread {
    Slow(Event& g, std::string& o) : go(g), out(o) {}
    ~Slow() override { out += "destroyed"; }
    void run() override { go.wait(), out += "ran "; }
    Event& go;
    std::string& out;
  };
  Event go;
  std::string out;
  {
    auto slow = twill::make_thread<Slow>(go, out);
    slow.start();
    go.set();
  }
  EXPECT_EQ(out, "ran destroyed");
  out.clear();
  twill::make_thread<Slow>(go, out);  // never started: dropped, not run
  EXPECT_EQ(out, "destroyed");
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

TEST(ThreadTest, T5_join_blocks_until_the_end) {
  Event go;
  bool done = false;
  Thread thread([&] { go.wait(), done = true; });
  thread.start();
  Runner setter([&] { go.set(); });
  thread.join();
  EXPECT_TRUE(done);
}

TEST(ThreadTest, T5_join_with_a_timeout_tells_whether_it_ended) {
  const twill::VirtualClock clock;
  Event go;
  Thread thread([&] { go.wait(); });
  thread.start();
  const auto begin = twill::now();
  EXPECT_FALSE(thread.join(300ms));
  EXPECT_EQ(twill::now() - begin, 300ms);
  EXPECT_FALSE(thread.try_join(2s));
  EXPECT_TRUE(thread.is_alive());
  go.set();
  EXPECT_TRUE(thread.join(1h));
  EXPECT_TRUE(thread.join(0s));
  EXPECT_TRUE(thread.try_join());
}

TEST(ThreadTest, T6_any_number_of_joins_from_many_threads) {
  Event go;
  Thread thread([&] { go.wait(); });
  thread.start();
  std::vector<Thread> joiners;
  for (int i = 0; i < 8; ++i)
    joiners.emplace_back([thread]() mutable { thread.join(), thread.join(); });
  for (auto& joiner : joiners) joiner.start();
  for (auto& joiner : joiners) until_blocked(joiner);
  go.set();
  for (auto& joiner : joiners) joiner.join();
  thread.join();
}

TEST(ThreadTest, T7_join_before_start_is_an_error) {
  Thread thread([] {});
  EXPECT_THROW(thread.join(), twill::RuntimeError);
  EXPECT_THROW(thread.join(0s), twill::RuntimeError);
  EXPECT_THROW(thread.try_join(), twill::RuntimeError);
}

TEST(ThreadTest, T7_joining_oneself_is_an_error) {
  std::string text;
  Thread thread({.name = "narcissus"}, [&] {
    try {
      twill::current_thread().join();
    } catch (const twill::RuntimeError& error) {
      text = error.what();
    }
  });
  thread.start();
  thread.join();
  EXPECT_EQ(text, "join() of narcissus by itself");
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

TEST(ThreadTest, T21_joining_a_finished_thread_returns_at_once) {
  Thread thread([] {});
  thread.start();
  thread.join();
  thread.join();
  EXPECT_TRUE(thread.join(0s));
}

TEST(ThreadTest, T21_two_threads_that_join_each_other_are_told_so) {
  std::atomic<int> told{0};
  std::string text;
  const auto joins = [&](Thread*& other, Event& ready) {
    ready.wait();
    try {
      other->join();
    } catch (const twill::DeadlockError& error) {
      text = error.what();
      ++told;
    }
  };
  Event ready;
  Thread* a_sees = nullptr;
  Thread* b_sees = nullptr;
  Thread a({.name = "Ann"}, [&] { joins(a_sees, ready); });
  Thread b({.name = "Bob"}, [&] { joins(b_sees, ready); });
  a_sees = &b;
  b_sees = &a;
  a.start();
  b.start();
  ready.set();
  a.join();
  b.join();
  EXPECT_EQ(told, 1);
  EXPECT_NE(text.find("2 threads wait for each other"), std::string::npos) << text;
  EXPECT_NE(text.find("Ann waits for Thread"), std::string::npos) << text;
  EXPECT_NE(text.find("Bob waits for Thread"), std::string::npos) << text;
}

TEST(ThreadTest, T21_a_cycle_of_a_lock_and_a_join_is_found) {
  twill::Lock lock;
  std::string text;
  Thread thread([&] {
    try {
      lock.lock();
      lock.unlock();
    } catch (const twill::DeadlockError& error) {
      text = error.what();
    }
  });
  lock.lock();
  thread.start();
  bool told = false;
  try {
    thread.join();
  } catch (const twill::DeadlockError&) {
    told = true;
  }
  lock.unlock();
  thread.join();
  EXPECT_NE(told, !text.empty());  // exactly one of the two
}

TEST(ThreadTest, T21_a_destructor_that_joins_is_never_the_victim) {
  twill::Lock lock;
  bool told = false;
  lock.lock();
  {
    Thread thread([&] {
      try {
        lock.lock();
        lock.unlock();
      } catch (const twill::DeadlockError&) {
        told = true;
      }
    });
    thread.start();
  }
  lock.unlock();
  EXPECT_TRUE(told);
}

TEST(ThreadTest, TO6_nan_is_no_timeout) {
  Thread thread([] {});
  thread.start();
  EXPECT_THROW(thread.join(std::chrono::duration<double>(std::nan(""))), twill::ValueError);
  thread.join();
}

TEST(ThreadTest, TO3_a_negative_or_zero_timeout_is_one_look) {
  Event go;
  Thread thread([&] { go.wait(); });
  thread.start();
  EXPECT_FALSE(thread.join(-1s));
  EXPECT_FALSE(thread.join(0s));
  EXPECT_FALSE(thread.try_join());
  go.set();
  EXPECT_TRUE(thread.join(std::chrono::hours::max()));
}

TEST(ThreadTest, TO8_a_signal_does_not_end_a_join) {
  struct sigaction action{};
  action.sa_handler = [](int) {};
  struct sigaction before{};
  sigaction(SIGUSR1, &action, &before);
  Event go;
  Thread thread([&] { go.wait(); });
  thread.start();
  pthread_t joiner_thread{};
  bool joined = false;
  Runner joiner([&] {
    joiner_thread = pthread_self();
    thread.join();
    joined = true;
  });
  joiner.until_blocked();
  for (int i = 0; i < 20; ++i) pthread_kill(joiner_thread, SIGUSR1);
  EXPECT_TRUE(thread.is_alive());
  go.set();
  joiner.join();
  EXPECT_TRUE(joined);
  sigaction(SIGUSR1, &before, nullptr);
}

TEST(ThreadTest, a_stop_token_ends_a_join) {
  const auto source = std::make_unique<std::stop_source>();
  Event go;
  Thread thread({.name = "slow"}, [&] { go.wait(); });
  thread.start();
  std::string text;
  Runner joiner([&] {
    try {
      thread.join(source->get_token());
    } catch (const twill::CancelledError& error) {
      text = error.what();
    }
  });
  joiner.until_blocked();
  source->request_stop();
  joiner.join();
  EXPECT_EQ(text, "stop was requested while waiting for Thread 'slow'");
  EXPECT_FALSE(thread.try_join(1h, source->get_token()));
  go.set();
}

TEST(ThreadTest, the_last_handle_joins_and_copies_count) {
  Event go;
  bool done = false;
  auto handle = std::make_unique<Thread>([&] { go.wait(), done = true; });
  handle->start();
  auto copy = std::make_unique<Thread>(*handle);
  handle.reset();
  EXPECT_FALSE(done);
  EXPECT_TRUE(copy->is_alive());
  go.set();
  copy.reset();
  EXPECT_TRUE(done);
}

TEST(ThreadTest, what_current_thread_answers_never_joins) {
  Event go;
  Event asked;
  bool done = false;
  std::unique_ptr<Thread> reference;
  Thread thread([&] {
    reference = std::make_unique<Thread>(twill::current_thread());
    asked.set();
    go.wait();
    done = true;
  });
  thread.start();
  asked.wait();
  EXPECT_EQ(*reference, thread);
  reference.reset();
  EXPECT_TRUE(thread.is_alive());
  go.set();
}

TEST(ThreadTest, a_daemon_outlives_its_handles) {
  Event go;
  Event done;
  {
    Thread daemon({.daemon = true}, [&] { go.wait(), done.set(); });
    daemon.start();
  }
  go.set();
  done.wait();
}

TEST(ThreadTest, a_thread_may_hold_its_own_last_handle) {
  Event done;
  struct Tail {
    ~Tail() { done.set(); }
    Event& done;
  };
  {
    auto handle = std::make_shared<std::unique_ptr<Thread>>();
    *handle = std::make_unique<Thread>([handle, tail = std::make_unique<Tail>(done)] {});
    (*handle)->start();
  }
  done.wait();
}

TEST(ThreadTest, a_handle_that_was_moved_away_says_so) {
  Thread thread([] {});
  const Thread moved = std::move(thread);
  EXPECT_THROW(thread.name(), twill::RuntimeError);  // NOLINT(bugprone-use-after-move)
  EXPECT_THROW(thread.start(), twill::RuntimeError);
  EXPECT_FALSE(moved.is_alive());
}

TEST(ThreadTest, join_returns_after_the_destructors_of_thread_locals) {
  struct AtEnd {
    std::string* out = nullptr;
    ~AtEnd() {
      const twill::Thread me = twill::current_thread();  // still the thread it was
      *out += me.name();
    }
  };
  for (int i = 0; i < 100; ++i) {
    std::string out;
    Thread thread({.name = "tidy"}, [&] {
      thread_local AtEnd end;
      end.out = &out;
    });
    thread.start();
    thread.join();
    ASSERT_EQ(out, "tidy");
  }
}

TEST(ThreadTest, what_was_captured_is_destroyed_in_the_thread) {
  std::uint64_t where = 0;
  struct Where {
    explicit Where(std::uint64_t& o) : out(&o) {}
    ~Where() { *out = twill::get_ident(); }
    std::uint64_t* out;
  };
  Thread thread([held = std::make_unique<Where>(where)] {});
  thread.start();
  thread.join();
  EXPECT_EQ(where, thread.ident());
}

TEST(ThreadTest, pthread_exit_unwinds_and_ends_the_thread) {
  bool unwound = false;
  struct Guard {
    ~Guard() { out = true; }
    bool& out;
  };
  Thread thread([&] {
    const Guard guard{unwound};
    pthread_exit(nullptr);
  });
  thread.start();
  thread.join();
  EXPECT_TRUE(unwound);
  EXPECT_FALSE(thread.is_alive());
}

TEST(ThreadTest, pthread_cancel_unwinds_and_ends_the_thread) {
  std::atomic<pthread_t> who{};
  std::atomic<bool> known{false};
  bool unwound = false;
  struct Guard {
    ~Guard() { out = true; }
    bool& out;
  };
  Thread thread([&] {
    const Guard guard{unwound};
    who = pthread_self();
    known = true;
    for (;;) pthread_testcancel();  // no ThreadSanitizer follows a cancelled system call
  });
  thread.start();
  yield_until([&] { return known.load(); });
  pthread_cancel(who);
  thread.join();
  EXPECT_TRUE(unwound);
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
