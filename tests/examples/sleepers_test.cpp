// Programs whose orders depend on sleeps: exact under the test clock.

#include "examples/run_example.hpp"

namespace examples {
namespace {

TEST(SleepersTest, small_example_with_one_thread) {
  EXPECT_EQ(output_of("small_example_one_thread"), "1\nDone sleeping\n2\n3\n");
}

TEST(SleepersTest, small_example_with_two_threads) {
  EXPECT_EQ(output_of("small_example_two_threads"), "1\n3\nDone sleeping\n2\n");
}

TEST(SleepersTest, sleepy_man) {
  EXPECT_EQ(output_of("sleepy_man"), "Starting to sleep inside\n2\nWoke up inside\nDone\n");
}

TEST(SleepersTest, sleepier_man) {
  EXPECT_EQ(output_of("sleepier_man"), "Starting to sleep inside\n2\nDone\nWoke up inside\n");
}

TEST(SleepersTest, real_clock_keeps_real_seconds) {
  const Result result = run("sleepy_man", Clock::real);
  EXPECT_EQ(result.status, 0);
  EXPECT_GE(result.took.count(), 1.2);
}

TEST(SleepersTest, three_sleepy_men) {
  EXPECT_EQ(output_of("three_sleepy_men"),
            "Starting to sleep inside - Iteration 0\n"
            "Starting to sleep inside - Iteration 1\n"
            "Starting to sleep inside - Iteration 2\n"
            "Active threads-  4\n"
            "Woke up inside - Iteration 2\n"
            "Woke up inside - Iteration 1\n"
            "Woke up inside - Iteration 0\n");
}

TEST(SleepersTest, sleep_sort) {
  EXPECT_EQ(output_of("sleep_sort"), "4\n5\n8\n9\n15\n26\n31\n35\n93\n97\n");
  EXPECT_EQ(output_of("sleep_sort 3 100000 2 2 1"), "1\n2\n2\n3\n100000\n");
}

TEST(SleepersTest, the_first_answer_comes_first) {
  EXPECT_EQ(output_of("first_answer"), "1\n4\n9\n2\n");
}

TEST(SleepersTest, progress_in_plain_lines) {
  const Result result = run("progress");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "Emma is read\nFaust is read\nUlysses is read\n");
  EXPECT_EQ(result.err,
            "pages  33% 100/300, 100/s, ETA 0:02\n"
            "books  33% 1/3, 1/s, ETA 0:02\n"
            "pages  66% 200/300, 100/s, ETA 0:01\n"
            "books  66% 2/3, 1/s, ETA 0:01\n"
            "books 100% 3/3, 1/s, in 0:03\n"
            "pages 100% 300/300, 100/s, in 0:03\n");
}

// `lines` are those of three threads that run at once, each `times` times; their ends come in
// order, and nothing of theirs after that.
void expect_runs(const Lines& lines, std::ptrdiff_t times, const std::string& after) {
  std::size_t last = 0;
  for (const char* name : {"First", "Second", "Third"}) {
    EXPECT_EQ(count(lines, std::string("Running ") + name + " Thread" + after), times);
    const auto end = place(lines, std::string(name) + " Thread has finished execution");
    EXPECT_GT(end, last);
    last = end;
  }
  EXPECT_EQ(count(lines, ""), 3 * times);
  EXPECT_EQ(lines.size(), static_cast<std::size_t>(6 * times + 3));
  for (std::size_t i = 0; i + 1 < lines.size(); ++i)
    EXPECT_TRUE(!lines[i].starts_with("Running") || lines[i + 1].empty()) << lines[i + 1];
}

TEST(SleepersTest, raw_threads) {
  const Lines lines = lines_of("raw_threads");
  expect_runs(lines, 4, "");
  // At 1; 2 and 2; 3 and 3; 4 and 4; 6 and 6; 8; 9; 12 seconds.
  Lines runs;
  for (const auto& line : lines)
    if (line.starts_with("Running")) runs.push_back(line.substr(8, line.find(" Thread") - 8));
  ASSERT_EQ(runs.size(), 12u);
  EXPECT_EQ(runs[0], "First");
  EXPECT_EQ(sorted({runs[1], runs[2]}), (Lines{"First", "Second"}));
  EXPECT_EQ(sorted({runs[3], runs[4]}), (Lines{"First", "Third"}));
  EXPECT_EQ(sorted({runs[5], runs[6]}), (Lines{"First", "Second"}));
  EXPECT_EQ(sorted({runs[7], runs[8]}), (Lines{"Second", "Third"}));
  EXPECT_EQ(runs[9], "Second");
  EXPECT_EQ(runs[10], "Third");
  EXPECT_EQ(runs[11], "Third");
}

TEST(SleepersTest, raw_threads_as_script_are_not_waited_for) {
  const Result result = run("raw_threads --as-script", Clock::real);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out.find("finished"), std::string::npos);
}

TEST(SleepersTest, thread_tester) { expect_runs(lines_of("thread_tester"), 5, " "); }

TEST(SleepersTest, time_slicing) {
  EXPECT_EQ(output_of("time_slicing"),
            " 1.0 s  first half of T1\n"
            " 2.0 s  first half of T2\n"
            " 3.0 s  second half of T1\n"
            " 4.0 s  second half of T2\n"
            " 5.0 s  T3 before its sleep\n"
            " 7.0 s  T4, while T3 sleeps\n"
            " 8.0 s  T3 after its sleep\n"
            "busy 8.0 of 8.0 s\n");
}

TEST(SleepersTest, film_player) {
  const Lines lines = lines_of("film_player");
  ASSERT_EQ(lines.size(), 10u);
  for (int segment = 1; segment <= 8; ++segment)
    EXPECT_TRUE(lines[static_cast<std::size_t>(segment - 1)].ends_with("playing segment " +
                                                                       std::to_string(segment)));
  EXPECT_EQ(lines[8], " 3.5 s  the end");  // the first download, then eight times playing
  EXPECT_EQ(lines[9], " 5.6 s  it would have taken, one after the other");
}

TEST(SleepersTest, gil_model) {
  EXPECT_EQ(output_of("gil_model"),
            " 0.0 s  a process with two threads\n"
            " 0.0 s  T1 takes the lock and computes\n"
            " 0.1 s  T2 waits, although a core is free\n"
            " 1.0 s  T1 gives it up to read a file\n"
            " 1.0 s  T2 takes it and computes\n"
            " 1.5 s  T1 has read, and must wait to get it back\n"
            " 2.0 s  T2 is done\n"
            " 2.0 s  T1 goes on\n"
            "\n"
            "computing, 2 threads:   2.0 s\n"
            "computing, 2 processes: 1.0 s\n"
            "reading, 2 threads:     1.0 s\n"
            "at most 1 thread ran bytecode at a time\n");
}

}  // namespace
}  // namespace examples
