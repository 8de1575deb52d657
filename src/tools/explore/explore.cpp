#include <twill/tools/explore.hpp>

#include <algorithm>
#include <fstream>
#include <string>

#include <twill/platform/error.hpp>
#include <twill/thread/excepthook.hpp>

#include "thread/state.hpp"
#include "tools/explore/engine.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

/// The search of one explore().
class Search {
 public:
  Search(const std::function<void()>& body, const ExploreOptions& options)
      : options_(options), engine_(body, options.steps) {}

  Exploration replay() {
    Script script(parse_choices(options_.replay));
    const Outcome outcome = run(script, true);
    if (!script.fits())
      throw ValueError("the program is not the one that \"" + options_.replay + "\" was found in");
    found_.failure = !outcome.failure.empty() ? outcome.failure : outcome.race;
    found_.replay = options_.replay;
    found_.table = table_of(outcome.rows, outcome.names);
    return std::move(found_);
  }

  Exploration find() {
    if (!is_deterministic())
      found_.failure =
          "the same interleaving went differently the second time: the body depends on something "
          "besides the order of its threads";
    else if (!try_all())
      try_some();
    if (found_.failure.empty() && !race_.empty()) report(race_choices_, race_);
    return std::move(found_);
  }

 private:
  Outcome run(Strategy& strategy, bool tell = false) {
    strategy.next();
    return run_next(strategy, tell);
  }
  Outcome run_next(Strategy& strategy, bool tell = false) {
    Outcome outcome = engine_.run(strategy, tell);
    if (!outcome.race.empty() && race_.empty()) {
      race_ = outcome.race;
      race_choices_ = outcome.choices;
    }
    return outcome;
  }

  bool is_deterministic() {
    Script first({});
    const Outcome once = run(first);
    const Outcome again = run(first);
    decisions_ = once.decisions;
    return once.decisions == again.decisions && once.steps == again.steps &&
           once.failure == again.failure;
  }

  /// True if that was all there is to do.
  bool try_all() {
    for (unsigned bound = 0;; ++bound) {
      DepthFirst all(bound);
      std::uint64_t within = 0;
      while (all.next()) {
        if (++found_.executions > options_.runs / 2) return false;
        ++within;
        if (failed(run_next(all))) return true;
      }
      if (all.left_some_out()) continue;
      found_.executions = within;
      return found_.exhaustive = true;
    }
  }

  void try_some() {
    Random random(options_.seed, decisions_);
    while (found_.executions < options_.runs && random.next()) {
      ++found_.executions;
      if (failed(run_next(random))) return;
    }
  }

  bool failed(const Outcome& outcome) {
    decisions_ = std::max(decisions_, outcome.decisions);
    if (outcome.failure.empty()) return false;
    report(outcome.choices, outcome.failure);
    return true;
  }

  /// With the shortest way there that is found by leaving out changes of thread.
  void report(std::vector<std::size_t> choices, const std::string& failure) {
    const auto leads_there = [&](const std::vector<std::size_t>& way, bool tell, Outcome& out) {
      Script script(way);
      out = run(script, tell);
      return script.fits() && (out.failure == failure || out.race == failure);
    };
    Outcome outcome;
    for (std::size_t i = choices.size(); i > 0; --i) {
      if (choices[i - 1] == 0) continue;
      std::vector<std::size_t> shorter = choices;
      shorter[i - 1] = 0;
      if (leads_there(shorter, false, outcome)) choices = std::move(shorter);
    }
    leads_there(choices, true, outcome);
    found_.failure = failure;
    found_.replay = to_string(choices);
    found_.table = table_of(outcome.rows, outcome.names);
  }

  const ExploreOptions& options_;
  Engine engine_;
  Exploration found_;
  std::uint64_t decisions_ = 1;
  std::string race_;
  std::vector<std::size_t> race_choices_;
};

/// Exceptions that nobody catches are findings; names begin anew in each execution.
class Surroundings {
 public:
  Surroundings()
      : hook_(set_excepthook(on_exception)), threads_named_(threads_named.load(relaxed)) {}
  ~Surroundings() {
    set_excepthook(std::move(hook_));
    threads_named.store(threads_named_, relaxed);
  }
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

 private:
  static void on_exception(const ExceptHookArgs& args) {
    Engine* engine = Engine::of_caller();
    if (engine == nullptr) return default_excepthook(args);
    try {
      std::rethrow_exception(args.exc);
    } catch (const Stop&) {
    } catch (const std::exception& e) {
      engine->fail("an exception left " + args.thread.name() + ": " + e.what());
    } catch (...) {
      engine->fail("an exception left " + args.thread.name());
    }
  }

  ExceptHook hook_;
  std::uint64_t threads_named_;
};

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
  const ex::Surroundings surroundings;
  ex::Search search(body, options);
  return options.replay.empty() ? search.find() : search.replay();
}

void check(bool holds, std::source_location where) {
  if (holds) return;
  const std::string what = "check failed at " + ex::line_of(where);
  ex::Engine* engine = ex::Engine::of_caller();
  if (engine == nullptr) throw RuntimeError(what);
  engine->fail(what);
  throw ex::Stop{};
}

std::string Exploration::report() const {
  const std::string number = std::to_string(executions);
  if (failure.empty())
    return exhaustive ? "explored all " + number + " interleavings: nothing went wrong"
                      : "explored " + number + " interleavings, not all: nothing went wrong";
  return "explored " + number + " interleavings: FAILED  " + failure + "\nreplay: \"" + replay +
         "\"\n" + table;
}

TWILL_END
