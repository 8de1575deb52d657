#include "tools/explore/command.hpp"

#include <cstdlib>
#include <fstream>

#include <twill/platform/atomic.hpp>

#include "tools/explore/request.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

constexpr const char* kVariable = "TWILL_REPLAY";
constinit atomic<std::uint64_t> explorations{0};

/// As a shell reads it back.
std::string quoted(const std::string& word) {
  constexpr const char* kHarmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(kHarmless) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + '\'';
}

std::string command_line() {
  std::ifstream words("/proc/self/cmdline");
  std::string line;
  for (std::string word; std::getline(words, word, '\0');) line += ' ' + quoted(word);
  return line;
}

}  // namespace

std::uint64_t next_number() noexcept { return explorations.fetch_add(1, relaxed) + 1; }

std::string asked_replay_of(std::uint64_t number) {
  const char* value = std::getenv(kVariable);
  const std::string mine = std::to_string(number) + '=';
  return value != nullptr && std::string(value).starts_with(mine) ? value + mine.size() : "";
}

std::string command_to_replay(std::uint64_t number, const std::string& replay) {
  return kVariable + ('=' + quoted(std::to_string(number) + '=' + replay)) + command_line();
}

std::string command_to_explore(const ExploreOptions& options, const std::string& replay) {
  std::string command = "twill explore --replay " + quoted(replay);
  if (options.steps != ExploreOptions().steps)
    command += " --steps " + std::to_string(options.steps);
  if (options.real_threads) command += " --real-threads";
  return command + " --" + command_line();
}

}  // namespace detail::explorer
TWILL_END
