#pragma once

#include <concepts>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <twill/tools/atomic.hpp>
#include <twill/tools/explore.hpp>
#include <twill/twill.hpp>

/// What the puzzles have in common: threads with names, a count for checks, and the verdict.
namespace puzzle {

/// A number for check(): each use is one step of its own. It stands for what an observer counts,
/// and is no part of a solution.
struct Count : twill::Atomic<int> {
  explicit Count(const char* name) : Atomic(0, name) {}
};

/// One thread, or several of a kind. `act` may take the number of the thread, from 0.
struct Role {
  template <class Act>
  Role(std::string role, Act act, int times = 1) : name(std::move(role)), threads(times) {
    if constexpr (std::invocable<Act, int>)
      acts = std::move(act);
    else
      acts = [act = std::move(act)](int) mutable { act(); };
  }

  std::string name;
  std::function<void(int)> acts;
  int threads;
};

/// Starts a thread for each role, and joins them all.
inline void play(const std::vector<Role>& roles) {
  std::vector<twill::Thread> cast;
  for (const Role& role : roles)
    for (int i = 0; i < role.threads; ++i) {
      std::string name = role.threads == 1 ? role.name : fmt::format("{} {}", role.name, i);
      cast.emplace_back(twill::ThreadOptions{.name = std::move(name)}, role.acts, i);
    }
  for (auto& thread : cast) thread.start();
  for (auto& thread : cast) thread.join();
}

struct Solution {
  std::string what;  ///< the idea, or the mistake
  std::function<void()> body;
  std::string fails = {};  ///< how the failure of a wrong one begins
};

struct Puzzle {
  std::vector<Solution> right, wrong;
  twill::ExploreOptions options = {};
};

/// Explores every solution and prints what comes of it. What main() returns: 0 if nothing goes
/// wrong with the right ones, and each wrong one fails as it is said to. PUZZLE_RUNS=1000000 in the
/// environment explores further.
inline int verdict(Puzzle puzzle) {
  if (const char* runs = std::getenv("PUZZLE_RUNS"))
    puzzle.options.runs = std::strtoull(runs, nullptr, 10);
  int status = 0;
  const auto explore = [&](const Solution& solution, bool right) {
    const auto found = twill::explore(solution.body, puzzle.options);
    twill::print("{}, {}: {}\n", right ? "right" : "wrong", solution.what, found.report());
    if (bool(found) == right && found.failure.starts_with(solution.fails)) return;
    twill::print("This is not what was expected.\n");
    status = 1;
  };
  for (const auto& solution : puzzle.right) explore(solution, true);
  for (const auto& solution : puzzle.wrong) explore(solution, false);
  return status;
}

}  // namespace puzzle
