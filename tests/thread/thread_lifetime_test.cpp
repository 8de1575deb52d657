// Paths: handles, copies and references, and which of them joins; what is destroyed when, and in
// which thread; forced unwinding.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <pthread.h>
#include <string>
#include <utility>

#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/thread/make_thread.hpp>
#include <twill/thread/thread.hpp>
#include <twill/thread/threading.hpp>

#include "support/runner.hpp"

namespace {

using support::yield_until;
using twill::Event;
using twill::Thread;

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

}  // namespace
