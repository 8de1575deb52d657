// Deadlocks that are reported instead of a hang, and programs that cannot have any.

#include "examples/run_example.hpp"
#include "support/sanitizers.hpp"

namespace examples {
namespace {

// The line of a report that says who waits for which lock, and who has it.
std::string waits(const std::string& who, const std::string& lock, const std::string& owner) {
  return "  " + who + " waits for Lock '" + lock + "' \\(made at .+\\) at .+, " + owner +
         " holds it since .+";
}

TEST(DeadlocksTest, two_locks_taken_crosswise) {
  const Lines lines = lines_of("deadlock");
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(count(lines, "task [12] gives up."), 1);
  EXPECT_EQ(lines[place(lines, "deadlock: .*")], "deadlock: 2 threads wait for each other");
  EXPECT_EQ(count(lines, waits("task 1", "lock 2", "task 2")), 1);
  EXPECT_EQ(count(lines, waits("task 2", "lock 1", "task 1")), 1);
  EXPECT_EQ(count(lines, "task [12] has both locks"), 1);
}

TEST(DeadlocksTest, back_off_finishes) {
  EXPECT_EQ(output_of("back_off"),
            "by hand: both tasks finished, 2000 pieces of work\n"
            "by acquire_all: both tasks finished, 2000 pieces of work\n");
}

TEST(DeadlocksTest, two_trains) {
  const Lines lines = lines_of("two_trains");
  EXPECT_EQ(count(lines, "deadlock: 2 threads wait for each other"), 1);
  EXPECT_EQ(count(lines, waits("train A", "the eastern track", "train B")), 1);
  EXPECT_EQ(count(lines, waits("train B", "the western track", "train A")), 1);
  EXPECT_EQ(count(lines, "train [AB] steps back"), 1);
  EXPECT_EQ(count(lines, "train [AB] has crossed"), 1);
  EXPECT_EQ(count(lines, "train [CD] has crossed"), 2);
}

TEST(DeadlocksTest, two_trains_in_every_order) {
  const Lines lines = lines_of("two_trains_explored");
  EXPECT_EQ(count(lines, "By the law: explored [0-9]+ runs?: FAILED  deadlock: .*"), 1);
  EXPECT_EQ(count(lines, "  train A waits for east at .*, train B holds it since .*"), 1);
  EXPECT_EQ(count(lines, "  train B waits for west at .*, train A holds it since .*"), 1);
  EXPECT_EQ(count(lines, "By stepping back: explored all [0-9]+ interleavings in .*"), 1);
  EXPECT_EQ(count(lines, "In one order: explored all [0-9]+ interleavings in .*"), 1);
}

TEST(DeadlocksTest, philosophers_in_every_order) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "there it takes minutes";
  const Lines lines = lines_of("philosophers_explored");
  for (int seat = 0; seat < 5; ++seat)
    EXPECT_EQ(count(lines, "  philosopher " + std::to_string(seat) +
                               " waits for fork .*, "
                               "philosopher . holds it since .*"),
              1);
  EXPECT_EQ(count(lines, "By the numbers of the forks: explored all [0-9.e+]+ interleavings .*"),
            1);
  EXPECT_EQ(count(lines, "By a waiter: explored .*: nothing went wrong"), 1);
  EXPECT_EQ(count(lines, "Four at table: explored .*: nothing went wrong"), 1);
}

TEST(DeadlocksTest, dining_philosophers) {
  const Lines lines = lines_of("dining_philosophers");
  EXPECT_EQ(count(lines, "deadlock: 5 threads wait for each other"), 1);
  for (int seat = 0; seat < 5; ++seat) {
    const int next = (seat + 1) % 5;
    EXPECT_EQ(
        count(lines, waits("philosopher " + std::to_string(seat), "fork " + std::to_string(next),
                           "philosopher " + std::to_string(next))),
        1);
  }
  EXPECT_EQ(count(lines, "philosopher . puts the fork back and goes without."), 1);
  EXPECT_EQ(count(lines, "philosopher . eats"), 4);
}

TEST(DeadlocksTest, philosophers_are_fed) {
  const Lines lines = lines_of("philosophers_fed");
  ASSERT_EQ(lines.size(), 4u);
  for (const char* how : {"by order:", "by a waiter:", "four at table:", "back off:"})
    EXPECT_EQ(count(lines, std::string(how) + " +10 to 10 meals each, at most [12] eat at once, "
                                              "neighbours together: 0"),
              1)
        << how;
}

TEST(DeadlocksTest, starvation_is_named) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "a thread of its own might end any wait";
  const Lines lines = lines_of("starvation");
  ASSERT_GE(lines.size(), 3u);
  EXPECT_EQ(lines[0], "task 2: no lock within half a second");
  EXPECT_EQ(count(lines, "main: deadlock: every thread of the process waits.*"), 1);
  EXPECT_EQ(count(lines, "  task 2 waits for Lock 'the only lock' .*, task 1 holds it since .*"),
            1);
  EXPECT_EQ(count(lines, "  task 1 waits for Event 'for ever' .*"), 1);
  EXPECT_EQ(count(lines, "task 2: never gets here"), 0);
}

}  // namespace
}  // namespace examples
