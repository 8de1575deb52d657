// Paths: threads of the system, one at a time, find what fibers find, by the same interleavings;
// each has its own thread_locals, which are there until it ends, and is gone afterwards.

#include <dirent.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <set>
#include <string>

#include <twill/tools/atomic.hpp>

#include "support/runner.hpp"
#include "tools/explore/thread_locals.hpp"
#include "tools/findings.hpp"
#include "tools/patterns.hpp"

namespace findings {
namespace {

Exploration on_real_threads(const std::function<void()>& body, std::uint64_t runs = 300) {
  return explore(body, {.runs = runs, .real_threads = true});
}

TEST(RealThreadsTest, are_asked_for_here) {
  EXPECT_EQ(detail::explorer::foreign_thread_local(), "");
  EXPECT_EQ(explore([] {}).remark, "");
  const Exploration found = on_real_threads([] {});
  EXPECT_EQ(found.remark, "with a thread of the system for each, one at a time: as asked for");
  EXPECT_EQ(found.report(),
            "explored all 1 interleavings in 1 run: nothing went wrong\n(" + found.remark + ")\n");
}

TEST(RealThreadsTest, find_what_fibers_find) {
  for (void (*const body)() : {check_fails, throws, races, deadlocks, loses_a_wake_up, leaks}) {
    const Exploration fibers = explore(body, {.runs = 300});
    const Exploration real = on_real_threads(body);
    EXPECT_EQ(real.finding, fibers.finding);
    EXPECT_EQ(real.failure, fibers.failure);
    EXPECT_EQ(real.table, fibers.table);
    EXPECT_EQ(real.replay, fibers.replay);
    EXPECT_EQ(real.executions, fibers.executions);
    EXPECT_EQ(explore(body, {.replay = real.replay}).failure, fibers.failure);
  }
}

TEST(RealThreadsTest, each_is_one_of_the_systems) {
  std::size_t different = 0;
  const auto body = [&different] {
    pthread_t one_is{};
    pthread_t two_is{};
    patterns::run({[&] { one_is = pthread_self(); }, [&] { two_is = pthread_self(); }});
    different = std::set{one_is, two_is, pthread_self()}.size();
  };
  EXPECT_TRUE(on_real_threads(body).exhaustive);
  EXPECT_EQ(different, 3u);
  EXPECT_TRUE(explore(body).exhaustive);
  EXPECT_EQ(different, 1u);
}

TEST(RealThreadsTest, keep_what_belongs_to_them_while_others_run) {
  pthread_key_t key;
  static int destroyed;
  destroyed = 0;
  ASSERT_EQ(pthread_key_create(&key, [](void*) { ++destroyed; }), 0);
  int threads = 0;
  const Exploration found = on_real_threads([&] {
    Atomic steps(0, "steps");
    const auto keep = [&](int* mine) {
      check(pthread_getspecific(key) == nullptr);
      pthread_setspecific(key, mine);
      ++steps;
      check(pthread_getspecific(key) == mine);
    };
    int a;
    int b;
    patterns::run({[&] { keep(&a); }, [&] { keep(&b); }});
    threads += 2;
  });
  EXPECT_TRUE(found.exhaustive) << found.report();
  EXPECT_EQ(destroyed, threads);
  pthread_key_delete(key);
}

unsigned threads_of_the_process() {
  unsigned entries = 0;
  DIR* const tasks = opendir("/proc/self/task");
  while (readdir(tasks) != nullptr) ++entries;
  closedir(tasks);
  return entries - 2;
}

TEST(RealThreadsTest, leave_nothing_behind) {
  on_real_threads(deadlocks, 1);  // what stays for good (a sanitizer's own thread) is there now
  const unsigned before = threads_of_the_process();
  for (void (*const body)() : {deadlocks, leaks, livelocks}) on_real_threads(body, 20);
  // A thread that was joined is listed until the kernel has cleared it away.
  support::yield_until([before] { return threads_of_the_process() <= before; },
                       "the end of threads");
}

}  // namespace
}  // namespace findings
