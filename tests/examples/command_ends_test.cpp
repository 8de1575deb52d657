// Paths: what `twill explore` says of a program that forks, dies, ends with a status, sleeps or
// computes outside of twill for ever.

#ifdef TWILL_COMMAND

#include "examples/command.hpp"

namespace examples {
namespace {

const std::string ends = TWILL_PROGRAM_DIR "/ends ";

struct End {
  const char* name;
  const char* arguments;
  const char* sentence;  ///< a regular expression
};

constexpr End kEnds[] = {
    {"fork_by_main", "main fork",
     "fork\\(\\) by main: what a child process does cannot be explored"},
    {"fork_by_a_thread", "worker fork",
     "fork\\(\\) by worker: what a child process does cannot be explored"},
    {"abort", "main abort", "the program was ended by .* \\(SIGABRT\\)"},
    {"abort_by_a_thread", "worker abort", "the program was ended by .* \\(SIGABRT\\)"},
    {"kill", "worker kill", "the program was ended by .* \\(SIGKILL\\)"},
    {"exit", "main exit", "the program ended with status 3"},
    {"exit_by_a_thread", "worker exit", "the program ended with status 3"},
    {"exit_behind_its_back", "worker _exit", "the program ended with status 3 by _exit\\(\\)"},
    {"return_from_main", "return so", "the program ended with status 4"},
};

class CommandEndsTest : public testing::TestWithParam<End> {};

TEST_P(CommandEndsTest, is_a_finding_with_a_sentence) {
  const std::string& program = ends + GetParam().arguments;
  const auto found = explore(program);
  EXPECT_EQ(found.status, 1) << found.text;
  const Lines lines = split(found.text);
  const std::string sentence = std::string("explored .*: FAILED  ") + GetParam().sentence;
  EXPECT_EQ(count(lines, sentence), 1) << found.text;
  const std::string typed = lines[place(lines, "  twill explore --replay .*")];
  const auto again = explore(extract(typed, "  twill explore (.*)"));
  EXPECT_EQ(again.status, 1) << again.text;
  EXPECT_EQ(count(split(again.text), sentence), 1) << again.text;
}

INSTANTIATE_TEST_SUITE_P(Of, CommandEndsTest, testing::ValuesIn(kEnds),
                         [](const auto& test) { return test.param.name; });

void expect_no_end(const std::string& how, const std::string& does) {
  const auto found = explore("--patience 0.3 " + ends + "main " + how);
  EXPECT_EQ(found.status, 1) << found.text;
  EXPECT_EQ(count(split(found.text), "explored 1 run: FAILED  the program " + does +
                                         " outside of twill, and has made no step for 300 ms: "
                                         "that cannot be explored"),
            1)
      << found.text;
}

TEST(CommandNoEndTest, a_program_that_sleeps_for_ever) { expect_no_end("pause", "sleeps"); }

TEST(CommandNoEndTest, a_program_that_computes_for_ever) { expect_no_end("loop", "loops"); }

class CommandEndBehindItsBackTest : public testing::TestWithParam<const char*> {};

TEST_P(CommandEndBehindItsBackTest, is_an_end_as_well) {
  const auto found =
      explore(std::string("--strategy dfs " TWILL_PROGRAM_DIR "/crosses ") + GetParam());
  EXPECT_EQ(found.status, 1) << found.text;
  EXPECT_EQ(count(split(found.text), "explored .*: FAILED  deadlock: nobody can go on"), 1)
      << found.text;
}

TEST_P(CommandEndBehindItsBackTest, a_race_before_it_counts) {
  const auto found =
      explore(std::string("--strategy dfs " TWILL_PROGRAM_DIR "/crosses ") + GetParam() + " race");
  EXPECT_EQ(found.status, 1) << found.text;
  EXPECT_EQ(count(split(found.text), "explored .*: FAILED  data race: x is written by .*"), 1)
      << found.text;
}

INSTANTIATE_TEST_SUITE_P(Of, CommandEndBehindItsBackTest,
                         testing::Values("return", "_exit", "quick_exit", "exec"));

}  // namespace
}  // namespace examples

#endif
