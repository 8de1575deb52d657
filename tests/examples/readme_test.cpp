// README.md shows what a program prints: it still has to print that.

#include <filesystem>
#include <fstream>
#include <regex>

#include "examples/run_example.hpp"

namespace examples {
namespace {

/// The fenced block behind the line <!-- printed by NAME -->.
Lines shown_in_readme(const std::string& name) {
  const auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  std::ifstream readme(root / "README.md");
  Lines lines;
  std::string line;
  while (std::getline(readme, line) && line != "<!-- printed by " + name + " -->") {
  }
  std::getline(readme, line);
  while (std::getline(readme, line) && line != "```") lines.push_back(line);
  return lines;
}

/// Which of the two tasks gives up, and the order of lines that follows from it, is free.
Lines for_any_victim(Lines lines) {
  for (auto& line : lines) line = std::regex_replace(line, std::regex("(task|lock) [12]"), "$1 N");
  return sorted(std::move(lines));
}

TEST(ReadmeTest, shows_what_deadlock_prints) {
  const std::string out = output_of("deadlock");
  if (out.find("deadlock.cpp:") == std::string::npos) GTEST_SKIP() << "no lines in reports here";
  EXPECT_EQ(for_any_victim(split(out)), for_any_victim(shown_in_readme("deadlock")));
}

}  // namespace
}  // namespace examples
