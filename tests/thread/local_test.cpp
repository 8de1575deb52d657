// Paths: each way to make a value; first and later accesses; the end of threads, of the Local, of
// both; places used again; values made while others are destroyed; throwing initialisers.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <twill/sync/event.hpp>
#include <twill/thread/local.hpp>
#include <twill/thread/thread.hpp>

namespace {

using twill::Local;
using twill::Thread;

/// Counts how many of it exist.
struct Counted {
  explicit Counted(std::atomic<int>& c) : count(&c) { ++*count; }
  Counted(const Counted& other) : count(other.count) { ++*count; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*count; }
  std::atomic<int>* count;
};

template <class F>
void in_thread(F&& f) {
  Thread thread(std::forward<F>(f));
  thread.start();
  thread.join();
}

TEST(LocalTest, TL1_each_thread_has_its_own_value) {
  Local<int> local;
  *local = 1;
  bool absent = false;
  int first = -1;
  in_thread([&] {
    absent = !local.has_value();
    first = *local;
    *local = 2;
  });
  EXPECT_TRUE(absent);
  EXPECT_EQ(first, 0);
  EXPECT_EQ(*local, 1);
  EXPECT_TRUE(local.has_value());
}

TEST(LocalTest, TL1_locals_of_one_thread_are_apart) {
  std::vector<std::unique_ptr<Local<int>>> locals;
  for (int i = 0; i < 50; ++i) {
    locals.push_back(std::make_unique<Local<int>>());
    locals.back()->get() = i;
  }
  for (int i = 0; i < 50; ++i) EXPECT_EQ(locals[static_cast<std::size_t>(i)]->get(), i);
}

TEST(LocalTest, TL2_values_are_destroyed_when_their_thread_ends) {
  std::atomic<int> count{0};
  Local<Counted> local([&] { return Counted(count); });
  local.get();
  EXPECT_EQ(count, 1);
  for (int i = 0; i < 50; ++i) {
    in_thread([&] { local.get(); });
    ASSERT_EQ(count, 1);
  }
  std::thread foreign([&] { local.get(); });
  foreign.join();
  EXPECT_EQ(count, 1);
}

TEST(LocalTest, TL2_values_of_all_threads_are_destroyed_with_the_local) {
  std::atomic<int> count{0};
  auto local = std::make_unique<Local<Counted>>([&] { return Counted(count); });
  twill::Event made[3];
  twill::Event go;
  std::vector<Thread> threads;
  for (auto& event : made)
    threads.emplace_back([&] {
      local->get();
      event.set();
      go.wait();
      Local<int> other;  // may stand where the first one stood
      EXPECT_FALSE(other.has_value());
      EXPECT_EQ(*other, 0);
    });
  for (auto& thread : threads) thread.start();
  for (auto& event : made) event.wait();
  local->get();
  EXPECT_EQ(count, 4);
  local.reset();
  EXPECT_EQ(count, 0);
  go.set();
  for (auto& thread : threads) thread.join();
}

TEST(LocalTest, TL2_a_new_local_in_an_old_place_starts_empty) {
  for (int i = 0; i < 10; ++i) {
    Local<std::string> local("fresh");
    EXPECT_FALSE(local.has_value());
    EXPECT_EQ(*local, "fresh");
    *local = "used";
  }
}

TEST(LocalTest, TL2_values_made_while_others_are_destroyed_are_destroyed_too) {
  static std::atomic<int> count{0};
  static Local<Counted> late([] { return Counted(count); });
  struct Toucher {
    ~Toucher() { late.get(); }
  };
  Local<int> first;
  Local<Toucher> toucher;
  in_thread([&] {
    late.get();
    toucher.get();
    first.get();
  });
  EXPECT_EQ(count, 0);
}

TEST(LocalTest, TL2_thread_locals_may_use_a_local_to_the_last) {
  static std::atomic<int> count{0};
  static Local<Counted> local([] { return Counted(count); });
  struct AtEnd {
    ~AtEnd() { local.get(); }
    int used = 0;
  };
  in_thread([] {
    thread_local AtEnd at_end;
    at_end.used = 1;
    local.get();
  });
  EXPECT_EQ(count, 0);
}

TEST(LocalTest, TL3_the_initialiser_runs_lazily_once_a_thread) {
  std::atomic<int> calls{0};
  Local<int> local([&] { return ++calls; });
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(*local, 1);
  EXPECT_EQ(*local, 1);
  in_thread([&] {
    EXPECT_EQ(*local, 2);
    EXPECT_EQ(local.get(), 2);
  });
  EXPECT_EQ(calls, 2);
}

TEST(LocalTest, TL3_constructor_arguments_are_used_in_every_thread) {
  struct Pair {
    Pair(int a, std::string b) : number(a), text(std::move(b)) {}
    int number;
    std::string text;
  };
  Local<Pair> local(3, std::string("three"));
  local->text = "mine";
  in_thread([&] {
    EXPECT_EQ(local->number, 3);
    EXPECT_EQ(local->text, "three");
  });
  Local<bool> flag([] { return true; });
  EXPECT_TRUE(*flag);
}

TEST(LocalTest, TL3_an_initialiser_that_throws_is_tried_again) {
  int calls = 0;
  Local<int> local([&]() -> int {
    if (++calls == 1) throw std::runtime_error("not yet");
    return calls;
  });
  EXPECT_THROW(local.get(), std::runtime_error);
  EXPECT_FALSE(local.has_value());
  EXPECT_EQ(*local, 2);
}

TEST(LocalTest, reset_destroys_the_callers_value_only) {
  std::atomic<int> count{0};
  Local<Counted> local([&] { return Counted(count); });
  local.reset();
  local.get();
  in_thread([&] {
    local.get();
    local.reset();
    EXPECT_FALSE(local.has_value());
    EXPECT_EQ(count, 1);
  });
  EXPECT_TRUE(local.has_value());
  local.reset();
  EXPECT_EQ(count, 0);
}

TEST(LocalTest, threads_and_locals_come_and_go_together) {
  std::atomic<int> count{0};
  for (int round = 0; round < 50; ++round) {
    auto local = std::make_unique<Local<Counted>>([&] { return Counted(count); });
    twill::Event made;
    Thread thread([&] {
      local->get();
      made.set();
    });
    thread.start();
    made.wait();
    local.reset();  // while the thread ends
  }
  EXPECT_EQ(count, 0);
}

}  // namespace
