#include "examples/run_example.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <unistd.h>

#include "support/shell.hpp"

namespace examples {

Result run(const std::string& command, Clock clock) {
  static int runs = 0;
  const std::string errors =
      testing::TempDir() + "twill_" + std::to_string(getpid()) + '_' + std::to_string(++runs);
  const std::string line = std::string(clock == Clock::test ? "TWILL_CLOCK=virtual " : "") +
                           "timeout 60 " TWILL_EXAMPLE_LAUNCHER " " TWILL_EXAMPLE_DIR "/" +
                           command + " 2>'" + errors + "'";
  Result result{};
  const auto begin = std::chrono::steady_clock::now();
  const support::Answer answer = support::shell(line);
  result.took = std::chrono::steady_clock::now() - begin;
  result.status = answer.status;
  result.out = answer.text;
  std::ifstream file(errors);
  result.err.assign(std::istreambuf_iterator<char>(file), {});
  unlink(errors.c_str());
  return result;
}

std::string output_of(const std::string& command, Clock clock) {
  const Result result = run(command, clock);
  EXPECT_EQ(result.status, 0) << command << " printed:\n" << result.out;
  EXPECT_EQ(result.err, "") << command;
  return result.out;
}

Lines lines_of(const std::string& command, Clock clock) { return split(output_of(command, clock)); }

Lines split(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Lines sorted(Lines lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::ptrdiff_t count(const Lines& lines, const std::string& regex) {
  const std::regex pattern(regex);
  return std::count_if(lines.begin(), lines.end(),
                       [&](const std::string& line) { return std::regex_match(line, pattern); });
}

std::size_t place(const Lines& lines, const std::string& regex) {
  const std::regex pattern(regex);
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) {
    return std::regex_match(line, pattern);
  });
  EXPECT_NE(found, lines.end()) << "no line matches " << regex;
  return static_cast<std::size_t>(found - lines.begin());
}

std::string extract(const std::string& line, const std::string& regex) {
  std::smatch match;
  const bool matches = std::regex_match(line, match, std::regex(regex));
  EXPECT_TRUE(matches) << line << "\ndoes not match " << regex;
  return matches ? match[1].str() : "";
}

Lines from_each_thread(int n, const std::string& before, const std::string& after, int times) {
  Lines lines;
  for (int k = 1; k <= n; ++k)
    lines.insert(lines.end(), static_cast<std::size_t>(times),
                 before + "Thread-" + std::to_string(k) + after);
  return sorted(std::move(lines));
}

}  // namespace examples
