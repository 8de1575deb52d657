// Paths: an owner that dies holding one entry or several, between robust mutexes of pthread, also
// dropped out of order; a waiter that is woken by a death; a fork; a listener of several words that
// each end its sleep, with the kernel's help and without; a deadline.

#include <cerrno>
#include <csignal>
#include <gtest/gtest.h>
#include <limits>
#include <new>
#include <pthread.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "platform/clock.hpp"
#include "platform/fault.hpp"
#include "platform/memory_file.hpp"
#include "platform/robust.hpp"

namespace twill::detail {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

struct Memory {
  RobustEntry entries[3];
  SharedWord word{0};
  pthread_mutex_t mutex;
};

class RobustTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!robust_works()) GTEST_SKIP() << "no list of robust futexes";
    const int file = make_memory_file("test", sizeof(Memory));
    memory = new (map_memory_file(file, sizeof(Memory))) Memory;
    close_memory_file(file);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&memory->mutex, &attributes);
  }
  void TearDown() override {
    if (memory != nullptr) unmap_memory_file(memory, sizeof(Memory));
  }

  RobustEntry& entry(int i) { return memory->entries[i]; }
  std::uint32_t word(int i) { return entry(i).word.load(); }
  bool take(int i) { return robust_take(entry(i), 0, robust_id()); }
  void drop(int i) { robust_drop(entry(i), 0); }

  /// Runs `f` in a child, which is killed then.
  template <class F>
  void killed_after(F f) {
    const pid_t pid = fork();
    if (pid == 0) {
      robust_after_fork();
      f();
      raise(SIGKILL);
    }
    waitpid(pid, nullptr, 0);
  }

  Memory* memory = nullptr;
};

TEST_F(RobustTest, an_owner_that_is_killed_leaves_its_mark) {
  killed_after([&] { take(0), take(1), take(2), drop(1); });
  EXPECT_EQ(word(0), RobustEntry::kOwnerDied);
  EXPECT_EQ(word(1), 0u);
  EXPECT_EQ(word(2), RobustEntry::kOwnerDied);
}

TEST_F(RobustTest, entries_stand_between_mutexes_of_pthread) {
  killed_after([&] {
    take(0);
    pthread_mutex_lock(&memory->mutex);
    take(1);
    pthread_mutex_unlock(&memory->mutex);
    take(2);
    drop(0);
    pthread_mutex_lock(&memory->mutex);
    drop(2);
  });
  EXPECT_EQ(word(0), 0u);
  EXPECT_EQ(word(1), RobustEntry::kOwnerDied);
  EXPECT_EQ(word(2), 0u);
  EXPECT_EQ(pthread_mutex_lock(&memory->mutex), EOWNERDEAD);
}

TEST_F(RobustTest, a_child_of_a_fork_does_not_own_what_its_parent_owns) {
  take(0);
  killed_after([] {});
  EXPECT_EQ(word(0), robust_id());
  drop(0);
}

TEST_F(RobustTest, a_thread_that_ends_leaves_its_mark_and_wakes_one) {
  std::thread([&] { robust_take(entry(0), 0, robust_id() | RobustEntry::kWaiters); }).join();
  const Listened dead{&entry(0).word, RobustEntry::kOwnerDied | RobustEntry::kWaiters};
  while (word(0) != dead.expected) {
    const Listened alive{&entry(0).word, word(0)};
    if (alive.expected != dead.expected) shared_wait(&alive, 1, kNever);
  }
}

TEST_F(RobustTest, a_sleeper_hears_the_death_of_an_owner_and_its_other_words) {
  SharedWord mine{0};
  const pid_t pid = fork();
  if (pid == 0) {
    robust_after_fork();
    robust_take(entry(0), 0, robust_id() | RobustEntry::kWaiters);
    memory->word = 1;
    for (;;) pause();
  }
  while (memory->word == 0) std::this_thread::yield();
  const Listened words[] = {{&memory->word, 1}, {&mine, 0, true}, {&entry(0).word, word(0)}};
  std::thread killer([&] { kill(pid, SIGKILL); });
  while (word(0) == words[2].expected) shared_wait(words, 3, kNever);
  killer.join();
  waitpid(pid, nullptr, 0);

  for (const SharedWord* const which :
       {static_cast<const SharedWord*>(&memory->word), static_cast<const SharedWord*>(&mine)}) {
    auto& target = const_cast<SharedWord&>(*which);
    const Listened again[] = {{&memory->word, memory->word}, {&mine, mine, true}};
    const std::uint32_t before = target;
    std::thread waker([&] {
      ++target;
      if (which == &mine)
        private_wake(target);
      else
        shared_wake(target, 1);
    });
    while (target == before) shared_wait(again, 2, kNever);
    waker.join();
  }
}

TEST_F(RobustTest, a_sleep_ends_at_its_deadline_also_on_an_old_kernel) {
  const Listened words[] = {{&memory->word, 0}, {&entry(0).word, 0}};
  for (const bool old : {false, true}) {
    if (old) refuse_after(Fault::futex_waitv, 0);
    const std::int64_t until = monotonic_now() + 20'000'000;
    unsigned woken = 0;
    while (shared_wait(words, 2, until) != FutexResult::timeout) ++woken;
    EXPECT_GE(monotonic_now(), until);
    EXPECT_TRUE(!old || woken > 0);
    refuse_no_more(Fault::futex_waitv);
  }
}

}  // namespace
}  // namespace twill::detail
