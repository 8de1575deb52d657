// The basic strategy: break into chunks, execute in parallel, reassemble.
//
// The result is that of one thread, for every number of chunks.
#include <cctype>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/ranges.h>
#include <twill/twill.hpp>

std::vector<std::string> broken_into(std::size_t chunks, const std::string& text) {
  std::vector<std::string> broken;
  for (std::size_t i = 0; i < chunks; ++i) {
    const auto begin = text.size() * i / chunks, end = text.size() * (i + 1) / chunks;
    broken.push_back(text.substr(begin, end - begin));
  }
  return broken;
}

std::string shouted(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(c));
  return text;
}

int main() {
  const std::string text = "break into chunks, execute in parallel, reassemble";
  const std::string expected = shouted(text);

  twill::ThreadPool pool;
  for (std::size_t n = 1; n <= text.size(); ++n) {
    const auto chunks = pool.map(shouted, broken_into(n, text));
    if (n <= 5) twill::print("{}\n", fmt::join(chunks, "|"));
    if (fmt::format("{}", fmt::join(chunks, "")) != expected) return EXIT_FAILURE;
  }
}
