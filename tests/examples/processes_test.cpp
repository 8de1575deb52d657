// Processes: what they share and what they do not.

#include <set>

#include "examples/run_example.hpp"
#include "support/sanitizers.hpp"

namespace examples {
namespace {

std::string number_in(const std::string& line) { return line.substr(line.rfind(' ') + 1); }

/// "Process-1 processed 5 items." ... of three workers; answers how many items there were.
int expect_workers(const Lines& lines) {
  std::set<std::string> names;
  int items = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    char name[32] = {};
    int count = 0;
    EXPECT_EQ(std::sscanf(lines.at(i).c_str(), "%31s processed %d items.", name, &count), 2);
    names.insert(name);
    items += count;
  }
  EXPECT_EQ(names, (std::set<std::string>{"Process-1", "Process-2", "Process-3"}));
  return items;
}

TEST(ProcessesTest, adder_is_silent) { EXPECT_EQ(output_of("mp_adder"), ""); }

TEST(ProcessesTest, hello_from_two_processes) {
  const Lines lines = lines_of("mp_hello");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].rfind("hello from process ", 0), 0u);
  EXPECT_EQ(lines[1].rfind("hello from process ", 0), 0u);
  EXPECT_NE(number_in(lines[0]), number_in(lines[1]));
  EXPECT_EQ(lines[2].find(number_in(lines[0])), lines[2].npos);
  EXPECT_EQ(lines[2].find(number_in(lines[1])), lines[2].npos);
}

TEST(ProcessesTest, some_are_made_anew) {
  const Result result = run("mp_spawn");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "soup by Ann\nstew by Bob\nAnn: 0, Bob: 1\n");
  EXPECT_EQ(result.err, "the kitchen is too small\n");
}

TEST(ProcessesTest, each_has_its_own_items) {
  const Lines lines = lines_of("mp_own_items");
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(expect_workers(lines), 18);
  EXPECT_EQ(lines[3], "ITEMS after all workers finished: [1, 2, 3, 4, 5, 6]");
}

TEST(ProcessesTest, a_queue_shares_items_out) {
  const Lines lines = lines_of("mp_queue");
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(expect_workers(lines), 6);
  EXPECT_EQ(lines[3], "#ITEMS after all workers finished: 0");
  EXPECT_EQ(lines[4], "[\"hello\", \"world\"]");
}

TEST(ProcessesTest, who_comes_after_a_killed_owner_mends_what_it_left) {
  EXPECT_EQ(output_of("mp_killed", Clock::real), "clerk ended with -9\nbalance 100, booked 0\n");
}

TEST(ProcessesTest, of_two_that_wait_for_each_other_one_gives_up_and_the_other_goes_on) {
  const Result result = run("mp_deadlock");
  const std::string waits =
      "  MainThread of (Ann|Bob) \\(pid [0-9]+\\) waits for Lock '(ink|paper)' .*";
  EXPECT_EQ(result.status, 0);
  const Lines out = split(result.out);
  EXPECT_EQ(count(out, "(Ann|Bob) gives up."), 1);
  EXPECT_EQ(count(out, "deadlock: 2 threads wait for each other"), 1);
  EXPECT_EQ(count(out, waits), 2);
  EXPECT_EQ(count(out, "(Ann|Bob) has both"), 1);
  const Lines err = split(result.err);
  EXPECT_EQ(count(err, "twill: deadlock: 2 threads wait for each other"), 1);
  EXPECT_EQ(count(err, waits), 2);
}

TEST(ProcessesTest, processes_fill_one_map_and_one_list) {
  EXPECT_EQ(output_of("mp_shared_containers"), "apples: 100\npears: 100\nplums: 100\n12 crates\n");
}

TEST(ProcessesTest, processes_call_one_object_in_a_server) {
  EXPECT_EQ(output_of("mp_manager"), "balance: 250\nentries: 12\nerrand: close the doors\n");
}

TEST(ProcessesTest, a_pipe_goes_both_ways) {
  EXPECT_EQ(output_of("mp_pipe"), "Is\nthis\non?\n[\"hello\", \"world\"]\n");
}

TEST(ProcessesTest, a_pipe_and_two_locks_are_a_queue) {
  EXPECT_EQ(output_of("mp_pipe_queue"),
            "three workers took 1 to 100: 5050 in all, and the queue is empty\n");
}

TEST(ProcessesTest, a_pool_answers_at_once_later_and_too_late) {
  EXPECT_EQ(output_of("mp_pool", Clock::real),
            "100\n[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]\n0\n1\n4\nTimeoutError\n");
}

TEST(ProcessesTest, a_map_is_waited_for_or_not) {
  const std::string doubles = "[0, 2, 4, 6, 8, 10, 12, 14, 16, 18]\n";
  EXPECT_EQ(output_of("mp_map"), doubles + doubles);
}

TEST(ProcessesTest, three_calls_of_a_hundred_are_lost) {
  if (support::kAddressSanitizer || support::kThreadSanitizer)
    GTEST_SKIP() << "sanitizers need more than any limit";
  EXPECT_EQ(output_of("crunch", Clock::real),
            "lost: exit code -11\nlost: exit code -9\nout of memory\n"
            "97 results, their sum is 319600\n");
}

TEST(ProcessesTest, integral_is_that_of_one_process) {
  const Lines lines = lines_of("mp_integrate", Clock::real);
  ASSERT_EQ(lines.size(), 3u);
  for (const char* processes : {"1", "2", "4"})
    EXPECT_EQ(
        count(lines, std::string("processes: ") + processes + "  area: 333\\.333283  time: .*"), 1);
}

}  // namespace
}  // namespace examples
