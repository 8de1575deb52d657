// Every puzzle of example/puzzles: its right answers stay right, and its wrong ones are found out.

#include "examples/run_example.hpp"

#include <sstream>

namespace examples {
namespace {

std::vector<std::string> puzzles() {
  std::istringstream names(TWILL_PUZZLES);
  std::vector<std::string> found;
  for (std::string name; names >> name;) found.push_back(name);
  return found;
}

class PuzzlesTest : public testing::TestWithParam<std::string> {};

TEST_P(PuzzlesTest, the_explorer_tells_right_from_wrong) {
  const Lines lines = lines_of("puzzle_" + GetParam());
  EXPECT_GE(count(lines, "right, .*: explored .*: nothing went wrong"), 1);
  EXPECT_EQ(count(lines, "right, .*FAILED.*"), 0);
  EXPECT_GE(count(lines, "wrong, .*: FAILED  .*"), 1);
  EXPECT_EQ(count(lines, "wrong, .*: nothing went wrong"), 0);
}

INSTANTIATE_TEST_SUITE_P(, PuzzlesTest, testing::ValuesIn(puzzles()),
                         [](const auto& puzzle) { return puzzle.param; });

}  // namespace
}  // namespace examples
