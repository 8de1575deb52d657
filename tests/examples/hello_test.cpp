// Making threads, joining them, asking them, and what they share.

#include "examples/run_example.hpp"

namespace examples {
namespace {

TEST(HelloTest, ten_threads_say_hello_once_each) {
  for (const char* name : {"hello_subclass", "hello_callable"})
    EXPECT_EQ(sorted(lines_of(name)), from_each_thread(10, "", " Hello World!")) << name;
}

TEST(HelloTest, three_threads_say_hello_five_times_each) {
  for (const char* name : {"hello_from_thread", "hello_from_class", "tidy_hello"})
    EXPECT_EQ(sorted(lines_of(name)), from_each_thread(3, "hello from thread ", "", 5)) << name;
}

TEST(HelloTest, parent_goes_on_after_start_and_sees_everything_after_join) {
  EXPECT_EQ(output_of("start_and_join"),
            "parent: goes on, the child is alive\n"
            "parent: the child is dead; I read: written by the child\n");
}

TEST(HelloTest, print_sum) { EXPECT_EQ(output_of("print_sum"), "The sum of 1 and 2 is 3\n"); }

TEST(HelloTest, global_sum_is_silent_and_right) {
  for (const char* command : {"global_sum", "global_sum 2", "global_sum 40"})
    EXPECT_EQ(output_of(command), "") << command;
}

TEST(HelloTest, shared_list_is_seen_by_both) {
  EXPECT_EQ(output_of("shared_list"), "[0, 1, 2]\n[0, 1, 2, 3]\n");
}

TEST(HelloTest, own_counts_are_added_up) {
  EXPECT_EQ(output_of("own_counts"), "sum 6, of which main has 0\n");
}

TEST(HelloTest, thread_local_memory_is_not_shared) {
  EXPECT_EQ(output_of("thread_local_memory"),
            "child: note '', board 'main was here'\n"
            "main:  note 'main was here', board 'so was the child'\n");
}

TEST(HelloTest, both_paradigms_give_the_same) {
  EXPECT_EQ(output_of("two_paradigms"), "shared memory:   5050\nmessage passing: 5050\n");
}

TEST(HelloTest, program_does_not_wait_for_a_daemon) {
  EXPECT_EQ(output_of("daemon_thread", Clock::real), "daemon: good night\nmain: goodbye\n");
}

TEST(HelloTest, threading_functions) {
  const Lines lines = lines_of("threading_functions");
  ASSERT_EQ(lines.size(), 12u);
  EXPECT_EQ(lines[1], "  Thread-1   alive false  daemon false  ident none");
  EXPECT_EQ(lines[2], "3 threads:");
  EXPECT_EQ(lines[3], "  MainThread alive true   daemon false  ident yes");
  EXPECT_EQ(lines[4], "  Thread-1   alive true   daemon false  ident yes");
  EXPECT_EQ(lines[5], "  lurker     alive true   daemon true   ident yes");
  EXPECT_EQ(lines[6], "I am MainThread, and main");
  EXPECT_EQ(count(lines, "start\\(\\) again: .*Thread-1.*"), 1);
  EXPECT_EQ(count(lines, "join\\(\\) myself: .*MainThread.*"), 1);
  EXPECT_EQ(lines[9], "after join:");
  EXPECT_EQ(lines[10], "  Thread-1   alive false  daemon false  ident yes");
  EXPECT_EQ(lines[11], "run() without start(): runs in MainThread");
}

}  // namespace
}  // namespace examples
