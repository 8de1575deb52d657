// The command `twill explore` on programs of example/, as they are: a finding and its replay, a
// program that is right, and bad input.

#ifdef TWILL_COMMAND

#include "examples/command.hpp"

namespace examples {
namespace {

const std::string folder = TWILL_EXAMPLE_DIR "/";

TEST(CommandTest, finds_the_deadlock_of_the_trains_and_replays_it) {
  const auto found = explore("--runs 200 " + folder + "two_trains");
  EXPECT_EQ(found.status, 1) << found.text;
  const Lines lines = split(found.text);
  EXPECT_EQ(count(lines, "explored .*: FAILED  deadlock: nobody can go on"), 1) << found.text;
  EXPECT_EQ(count(lines,
                  "  train A waits for the eastern track at two_trains.cpp:.*, train B holds "
                  "it since two_trains.cpp:.*"),
            1)
      << found.text;
  const std::string typed = lines[place(lines, "  twill explore --replay .*")];
  const std::string arguments = extract(typed, "  twill explore (.*)");
  const auto again = explore(arguments);
  EXPECT_EQ(again.status, 1) << again.text;
  EXPECT_EQ(count(split(again.text), ".*FAILED  deadlock: nobody can go on"), 1) << again.text;
}

TEST(CommandTest, finds_nothing_in_a_program_that_is_right) {
  const auto found = explore("--runs 20 --strategy pos " + folder + "got_lock");
  EXPECT_EQ(found.status, 0) << found.text;
  EXPECT_EQ(count(split(found.text), "explored 20 runs, not all there are: nothing went wrong"), 1)
      << found.text;
}

TEST(CommandTest, takes_real_threads_for_a_thread_local_and_says_so) {
  const auto found = explore("--runs 50 " + folder + "own_counts");
  EXPECT_EQ(found.status, 0) << found.text;
  EXPECT_EQ(count(split(found.text),
                  ".with a thread of the system for each, one at a time: mine of "
                  "the program is thread_local."),
            1)
      << found.text;
  const auto asked = explore("--real-threads --runs 50 " + folder + "two_trains");
  EXPECT_EQ(asked.status, 1) << asked.text;
  EXPECT_EQ(count(split(asked.text), ".with a thread of the system for each.*: as asked for."), 1);
}

TEST(CommandTest, a_replay_of_another_program_is_refused) {
  const auto other = explore("--replay 1.0.1/00 " + folder + "two_trains");
  EXPECT_EQ(other.status, 2);
  EXPECT_EQ(count(split(other.text), "twill explore: the program has changed since .*"), 1)
      << other.text;
  const auto damaged = explore("--replay 1.0.x " + folder + "two_trains");
  EXPECT_EQ(damaged.status, 2);
  EXPECT_EQ(count(split(damaged.text), "twill explore: .* is no replay: it is damaged, .*"), 1)
      << damaged.text;
}

TEST(CommandTest, says_what_it_cannot_do) {
  EXPECT_EQ(explore("/nonexistent/program").status, 127);
  const auto stranger = explore("/bin/true");
  EXPECT_EQ(stranger.status, 2);
  EXPECT_NE(stranger.text.find("does not use twill"), std::string::npos) << stranger.text;
  const auto strategy = explore("--strategy luck " + folder + "two_trains");
  EXPECT_EQ(strategy.status, 2);
  EXPECT_NE(strategy.text.find("there is no strategy luck"), std::string::npos) << strategy.text;
}

}  // namespace
}  // namespace examples

#endif
