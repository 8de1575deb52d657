// Paths: every spelling of join, once and often, from one and from many; each misuse; timeouts,
// signals and stop tokens; deadlocks through joins.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <memory>
#include <pthread.h>
#include <stop_token>
#include <string>
#include <vector>

#include <twill/park/clock.hpp>
#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/thread/thread.hpp>
#include <twill/thread/threading.hpp>

#include "support/runner.hpp"
#include "support/sanitizers.hpp"

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
  EXPECT_THROW(twill::current_thread().join(1h), twill::RuntimeError);
  EXPECT_THROW(twill::current_thread().try_join(), twill::RuntimeError);
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
  static std::atomic<int> handled{0};
  struct sigaction action{};
  action.sa_handler = [](int) { ++handled; };
  struct sigaction before{};
  sigaction(SIGUSR1, &action, &before);
  Event go;
  Thread thread([&] { go.wait(); });
  thread.start();
  pthread_t joiner_thread{};
  Runner joiner([&] {
    joiner_thread = pthread_self();
    thread.join();
    EXPECT_FALSE(thread.is_alive());
  });
  joiner.until_blocked();
  for (int i = 0; i < 20; ++i) {
    const int so_far = handled;
    pthread_kill(joiner_thread, SIGUSR1);
    if (!support::kThreadSanitizer)  // which calls the handler when the wait is over
      yield_until([&] { return handled > so_far; }, "a signal to be handled");
  }
  joiner.until_blocked();
  EXPECT_FALSE(joiner.done());
  go.set();
  joiner.join();
  EXPECT_EQ(joiner.error(), "");
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

}  // namespace
