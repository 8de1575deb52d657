// README.md and doc/explore.md show what programs print: they still have to print that.

#include <filesystem>
#include <fstream>
#include <regex>

#include "examples/run_example.hpp"

namespace examples {
namespace {

/// The fenced blocks behind lines <!-- printed by NAME -->.
std::vector<Lines> shown_in(const std::string& page, const std::string& name) {
  const auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  std::ifstream file(root / page);
  std::vector<Lines> blocks;
  std::string line;
  while (std::getline(file, line)) {
    if (line != "<!-- printed by " + name + " -->") continue;
    std::getline(file, line);
    blocks.emplace_back();
    while (std::getline(file, line) && line != "```") blocks.back().push_back(line);
  }
  return blocks;
}

/// Which of the two tasks gives up, and the order of lines that follows from it, is free.
Lines for_any_victim(Lines lines) {
  for (auto& line : lines) line = std::regex_replace(line, std::regex("(task|lock) [12]"), "$1 N");
  return sorted(std::move(lines));
}

TEST(ReadmeTest, shows_what_deadlock_prints) {
  const std::string out = output_of("deadlock");
  if (out.find("deadlock.cpp:") == std::string::npos) GTEST_SKIP() << "no lines in reports here";
  const auto blocks = shown_in("README.md", "deadlock");
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(for_any_victim(split(out)), for_any_victim(blocks[0]));
}

TEST(ReadmeTest, shows_what_stuck_pool_prints) {
  const Result result = run("stuck_pool", Clock::real);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out, "no approval within two seconds: it comes from outside\nbought\nbought\n");
  if (result.err.find("stuck_pool.cpp:") == std::string::npos)
    GTEST_SKIP() << "no lines in reports here";
  const auto blocks = shown_in("README.md", "stuck_pool");
  ASSERT_EQ(blocks.size(), 1u);
  Lines lines = split(result.err);  // before it another one, if a worker was late
  ASSERT_GE(lines.size(), 3u);
  lines.erase(lines.begin(), lines.end() - 3);
  EXPECT_EQ(sorted(lines), sorted(blocks[0]));
}

/// Without the place of the program, the line of a call, on which compilers differ, and the text of
/// the source line, which is only shown where the source can be read.
std::string anywhere(std::string text) {
  text = std::regex_replace(text, std::regex("(TWILL_REPLAY=\\S+).*"), "$1 PROGRAM");
  text = std::regex_replace(text, std::regex("(failed at \\S+:[0-9]+): .*"), "$1");
  return std::regex_replace(text, std::regex("\\.cpp:[0-9]+"), ".cpp:N");
}

TEST(GuideTest, shows_what_the_explorer_prints) {
  for (const std::string name : {"race", "all_crossings"}) {
    const std::string out = anywhere(output_of(name));
    if (out.find(".cpp:") == std::string::npos) GTEST_SKIP() << "no lines in reports here";
    const auto blocks = shown_in("doc/explore.md", name);
    EXPECT_FALSE(blocks.empty());
    for (const Lines& block : blocks) {
      std::string shown;
      for (const std::string& line : block) shown += line + '\n';
      EXPECT_NE(out.find(anywhere(shown)), std::string::npos) << shown << "is not in\n" << out;
    }
  }
}

}  // namespace
}  // namespace examples
