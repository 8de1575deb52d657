#include <twill/tools/explore.hpp>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>

#include <fmt/format.h>

#include <twill/platform/error.hpp>

#include "tools/explore/command.hpp"
#include "tools/explore/real_threads.hpp"
#include "tools/explore/search.hpp"
#include "tools/explore/surroundings.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

/// One exploration at a time.
class Turn {
 public:
  Turn() {
    if (taken.exchange(true)) throw RuntimeError("explore() while another exploration runs");
  }
  ~Turn() { taken.store(false); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  static inline constinit atomic<bool> taken{false};
};

/// "bank.cpp:12: check(balance == 11'000)", as far as the source is there to be read.
std::string line_of(const std::source_location& where) {
  const std::string file = where.file_name();
  std::ifstream source(file);
  std::string line;
  for (std::uint_least32_t i = 0; i < where.line() && std::getline(source, line); ++i) {
  }
  if (!source) line.clear();
  const auto begin = line.find_first_not_of(" \t");
  std::string text = file.substr(file.rfind('/') + 1) + ':' + std::to_string(where.line());
  if (begin != std::string::npos) text += ": " + line.substr(begin);
  return text;
}

}  // namespace
}  // namespace detail::explorer

namespace ex = detail::explorer;

Exploration explore(const std::function<void()>& body, ExploreOptions options) {
  const ex::Turn turn;
  const std::uint64_t number = ex::next_number();
  if (options.replay.empty()) options.replay = ex::asked_replay_of(number);
  const ex::Surroundings surroundings;
  const ex::RealThreads real(options);
  ex::HereRunner runner(body, options, real.threads());
  Exploration found = ex::Search(runner, options, std::pmr::new_delete_resource()).run();
  found.remark = real.remark();
  if (!found.replay.empty()) found.command = ex::command_to_replay(number, found.replay);
  return found;
}

void check(bool holds, std::source_location where) {
  if (holds) return;
  const std::string what = "check failed at " + ex::line_of(where);
  ex::Engine* engine = ex::Engine::of_caller();
  if (engine == nullptr) throw RuntimeError(what);
  engine->fail(Finding::check, what);
  throw ex::Stop{};
}

unsigned choose(unsigned n) {
  if (n < 1 || n > ex::kMostWays)
    throw ValueError("choose(" + std::to_string(n) + "): one can choose among 1 to 100");
  if (ex::Engine* engine = ex::Engine::of_caller())
    return engine->point({.what = ex::Operation::draw, .ways = static_cast<std::uint8_t>(n)});
  return std::random_device()() % n;
}

std::string Exploration::report() const {
  const std::string runs = std::to_string(executions) + (executions == 1 ? " run" : " runs");
  const std::string note = remark.empty() ? "" : '(' + remark + ")\n";
  if (finding != Finding::nothing) {
    std::string text = "explored " + runs + ": FAILED  " + failure;
    if (text.back() != '\n') text += '\n';
    text += note;
    if (replay.empty()) return text;
    return text + "replay: \"" + replay + "\"\n  " + command + '\n' + table;
  }
  const std::string well = ": nothing went wrong" + (note.empty() ? "" : '\n' + note);
  if (!exhaustive) return "explored " + runs + ", not all there are" + well;
  if (interleavings == 0) return "explored everything in " + runs + well;
  const std::string all = interleavings < 1e15 ? fmt::format("{:.0f}", interleavings)
                                               : fmt::format("{:.1e}", interleavings);
  return "explored all " + all + " interleavings in " + runs + well;
}

TWILL_END
