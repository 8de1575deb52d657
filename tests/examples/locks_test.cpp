// Locks, semaphores, and lines that are torn without them.

#include "examples/run_example.hpp"

namespace examples {
namespace {

TEST(LocksTest, lines_are_torn_without_lock) {
  const std::string out = output_of("torn_lines");
  auto times = [&](const std::string& what) {
    std::ptrdiff_t n = 0;
    for (auto at = out.find(what); at != std::string::npos; at = out.find(what, at + 1)) ++n;
    return n;
  };
  EXPECT_EQ(times("Thread-1"), 20);
  EXPECT_EQ(times("Thread-2"), 20);
  EXPECT_EQ(times(" Hello World!\n"), 40);
  EXPECT_LT(count(split(out), "Thread-[12] Hello World!"), 20);
}

TEST(LocksTest, lines_are_whole_with_lock) {
  EXPECT_EQ(sorted(lines_of("whole_lines")), from_each_thread(2, "", " Hello World!", 20));
}

TEST(LocksTest, two_functions_never_tear_their_pairs) {
  const Lines lines = lines_of("first_and_second_function");
  ASSERT_EQ(lines.size(), 20u);
  for (std::size_t i = 0; i < lines.size(); i += 2) EXPECT_EQ(lines[i], "lock acquired");
  EXPECT_EQ(count(lines, "Executing the first funcion"), 5);
  EXPECT_EQ(count(lines, "Executing the second function"), 5);
}

TEST(LocksTest, each_thread_got_the_lock_once) {
  EXPECT_EQ(sorted(lines_of("got_lock")), from_each_thread(5, "", " got lock"));
}

TEST(LocksTest, one_task_at_a_time_is_in_the_critical_section) {
  EXPECT_EQ(output_of("critical_section"), "value 80000, at most 1 task inside\n");
}

TEST(LocksTest, second_acquire_waits_for_the_first_release) {
  EXPECT_EQ(output_of("lock_time_line"),
            "0.0 s  task 1 wants the lock\n"
            "0.0 s  task 1 has the lock\n"
            "1.0 s                          task 2 wants the lock\n"
            "2.0 s  task 1 lets go\n"
            "2.0 s                          task 2 has the lock\n"
            "4.0 s                          task 2 lets go\n");
}

TEST(LocksTest, lock_usage) {
  EXPECT_EQ(output_of("lock_usage"),
            "acquired: true\n"
            "released: false\n"
            "in the scope: true\n"
            "in the other scope: true\n"
            "behind them: false\n"
            "acquire(false) on a held lock: false\n"
            "acquire(50ms) on a held lock: false\n"
            "acquire(false) on a free lock: true\n");
}

TEST(LocksTest, claims_about_locks_and_threads) {
  const Lines lines = lines_of("lock_claims");
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(count(lines, "  no, RuntimeError: .*the lock.*"), 1);
  EXPECT_EQ(lines[3], "  yes, if it was taken by acquire()");
  EXPECT_EQ(count(lines, "  no, one thread ran on ([0-9]+) of \\1 cores"), 1);
}

TEST(LocksTest, six_ways) {
  EXPECT_EQ(output_of("six_ways"),
            "Lock:      4 threads added up to 4\n"
            "RLock:     and to 8, each taking it twice\n"
            "Semaphore: and to 12\n"
            "Condition: and to 16, waiting for the last\n"
            "Event:     is set: true\n"
            "Barrier:   the last one reset the sum to 0\n");
}

TEST(LocksTest, toolbox) {
  EXPECT_EQ(output_of("toolbox"),
            "RLock: taken 11 times at once, and 1 + ... + 10 = 55\n"
            "Semaphore(2): true true false\n"
            "Timer: cancelled in time: true\n"
            "Timer: rings after 0.3 s\n"
            "Queue:         2 3 1\n"
            "LifoQueue:     1 3 2\n"
            "PriorityQueue: 1 2 3\n");
}

TEST(LocksTest, semaphore_lets_two_write_at_once) {
  const std::string out = output_of("two_at_once");
  EXPECT_NE(out.find("at most 2 at once\n"), std::string::npos) << out;
}

TEST(LocksTest, barrier_lets_five_pass_and_breaks_for_four) {
  const Lines lines = lines_of("barrier_of_five");
  ASSERT_EQ(lines.size(), 9u);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(count(lines, "wait\\(\\) returned " + std::to_string(i)), 1);
  EXPECT_EQ(count(lines, "broken after 10 s: .+"), 4);
}

}  // namespace
}  // namespace examples
