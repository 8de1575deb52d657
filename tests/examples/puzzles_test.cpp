// Every puzzle of example/puzzles: its right answers stay right, most of them in every order, and
// its wrong ones are found out. Where the programs are slow they explore less, and then a mistake
// may stay hidden.

#include "examples/run_example.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <sstream>

#include "support/sanitizers.hpp"

namespace examples {
namespace {

std::vector<std::string> puzzles() {
  std::istringstream names(TWILL_PUZZLES);
  std::vector<std::string> found;
  for (std::string name; names >> name;) found.push_back(name);
  return found;
}

/// As PUZZLE_RUNS; null: as many as the puzzle likes.
const char* few_runs() {
  if (support::kThreadSanitizer) return "30";
  if (support::kAddressSanitizer || TWILL_EXAMPLE_LAUNCHER[0] != '\0') return "500";
  return nullptr;
}

class PuzzlesTest : public testing::TestWithParam<std::string> {};

TEST_P(PuzzlesTest, the_explorer_tells_right_from_wrong) {
  const char* runs = few_runs();
  if (runs != nullptr) setenv("PUZZLE_RUNS", runs, 1);
  const Result result = run("puzzle_" + GetParam());
  EXPECT_EQ(result.err, "");
  const Lines lines = split(result.out);
  const auto right = count(lines, "right, .*: nothing went wrong");
  EXPECT_GE(right, 1) << result.out;
  EXPECT_EQ(count(lines, "right, .*: FAILED .*"), 0) << result.out;
  EXPECT_GE(count(lines, "wrong, .*"), 1) << result.out;
  if (runs != nullptr) {
    EXPECT_LE(result.status, 1) << result.out;
    return;
  }
  EXPECT_EQ(result.status, 0) << result.out;
  EXPECT_EQ(count(lines, "wrong, .*: nothing went wrong"), 0) << result.out;
  if (GetParam() == "building_h2o") return;  // has more orders than one could wait for
  EXPECT_EQ(count(lines, "right, .*: explored (all|everything) .*"), right) << result.out;
}

INSTANTIATE_TEST_SUITE_P(, PuzzlesTest, testing::ValuesIn(puzzles()),
                         [](const auto& puzzle) { return puzzle.param; });

}  // namespace
}  // namespace examples
