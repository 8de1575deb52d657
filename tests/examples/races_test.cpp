// Updates that are lost in forced orders, and the locks that prevent it.

#include "examples/run_example.hpp"

namespace examples {
namespace {

TEST(RacesTest, bank_loses_the_salary) {
  EXPECT_EQ(output_of("bank_race"),
            "| by | step  |   mine | balance |\n"
            "| T1 | read  | 10.000 |  10.000 |\n"
            "| T2 | read  | 10.000 |  10.000 |\n"
            "| T1 | add   | 12.000 |  10.000 |\n"
            "| T1 | write | 12.000 |  12.000 |\n"
            "| T2 | add   |  9.000 |  12.000 |\n"
            "| T2 | write |  9.000 |   9.000 |\n"
            "The balance is 9.000 and should be 11.000.\n"
            "All 20 orders end in one of {\"11.000\", \"12.000\", \"9.000\"}.\n");
}

TEST(RacesTest, bank_with_a_lock_is_right) {
  EXPECT_EQ(output_of("bank_locked"),
            "10.000\n12.000\n11.000\n1000 times at once: 0 times wrong\n");
}

TEST(RacesTest, integer_race) {
  EXPECT_EQ(output_of("integer_race"),
            "| thread 1 | read value     | 0 |\n"
            "| thread 1 | increase value | 0 |\n"
            "| thread 1 | write back     | 1 |\n"
            "| thread 2 | read value     | 1 |\n"
            "| thread 2 | increase value | 1 |\n"
            "| thread 2 | write back     | 2 |\n"
            "ends with 2\n"
            "\n"
            "| thread 1 | read value     | 0 |\n"
            "| thread 2 | read value     | 0 |\n"
            "| thread 1 | increase value | 0 |\n"
            "| thread 2 | increase value | 0 |\n"
            "| thread 1 | write back     | 1 |\n"
            "| thread 2 | write back     | 1 |\n"
            "ends with 1\n"
            "\n"
            "with a lock it always ends with 2\n");
}

TEST(RacesTest, count_race) {
  EXPECT_EQ(output_of("count_race"),
            "without lock, one after the other: 200\n"
            "without lock, in the worst order:  2\n"
            "with lock, 1 thread:  100\n"
            "with lock, 2 threads: 200\n"
            "with lock, 7 threads: 700\n");
}

TEST(RacesTest, reference_counts) {
  const std::string out = output_of("reference_counts");
  EXPECT_TRUE(
      out.starts_with("unguarded: 3 references, counted 2\n"
                      "one lock for all: 3 references, counted 3\n"
                      "a lock for each: deadlock: 2 threads wait for each other\n"))
      << out;
  const Lines lines = lines_of("reference_counts");
  EXPECT_EQ(count(lines, "unguarded: explored [0-9]+ runs?: FAILED  check failed .*"), 1);
  EXPECT_EQ(count(lines, "one lock for all: explored all [0-9]+ interleavings in .*"), 1);
  EXPECT_EQ(count(lines, "a lock for each: explored [0-9]+ runs?: FAILED  deadlock: .*"), 1);
}

TEST(RacesTest, the_explorer_finds_the_order_that_loses_money) {
  const Lines lines = lines_of("race");
  EXPECT_EQ(count(lines, "Without a lock: explored [0-9]+ runs?: FAILED .*"), 1);
  EXPECT_EQ(count(lines, "replay: \".+\""), 1);
  EXPECT_EQ(count(lines, ".*read 10000 +10000"), 2);  // both before either writes
  EXPECT_EQ(
      count(lines,
            "With a lock: explored all [0-9]+ interleavings in [0-9]+ runs: nothing went wrong"),
      1);
}

TEST(RacesTest, the_last_seat_is_sold_twice_unless_it_is_taken_at_once) {
  const Lines lines = lines_of("last_seat");
  EXPECT_EQ(count(lines, "Look, then take: explored [0-9]+ runs: FAILED  check failed at .*"), 1);
  EXPECT_EQ(count(lines, ".*draw 1"), 2);
  EXPECT_EQ(count(lines, ".*read 2 +2"), 1);
  EXPECT_EQ(count(lines, "At once: explored all [0-9]+ interleavings in [0-9]+ runs: .*"), 1);
}

}  // namespace
}  // namespace examples
