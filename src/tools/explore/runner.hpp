#pragma once

#include <functional>
#include <string>

#include "tools/explore/engine.hpp"
#include "tools/explore/script.hpp"
#include "tools/explore/watchdog.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// What a search wants to know of an execution.
struct Result {
  Failure failure = {};
  Failure race = {};
  Choices choices = {};
  bool was_free = false;
  bool was_whole = true;         ///< it was learnt from
  std::uint64_t digest = 0;      ///< of its trace, unless that is there
  const Trace* trace = nullptr;  ///< until the next one
  std::string table = {};        ///< if it was to be told

  std::string digits() const { return digits_of(trace != nullptr ? digest_of(*trace) : digest); }
};

/// Is shown each execution, where it ran.
class Learner {
 public:
  virtual void learn(Strategy& strategy, const Outcome& outcome) = 0;

 protected:
  ~Learner() = default;
};

/// Runs executions of one body.
class Runner {
 public:
  virtual ~Runner() = default;
  /// What it came to is there until the next one.
  virtual const Result& run(Strategy& strategy, bool tell, Learner& learner) = 0;
};

/// In this process, again and again.
class HereRunner final : public Runner {
 public:
  HereRunner(const std::function<void()>& body, const ExploreOptions& options, Threads threads)
      : body_(body),
        engine_(options.steps, threads),
        watchdog_(engine_.beats(), options.patience, threads) {}
  const Result& run(Strategy& strategy, bool tell, Learner& learner) override;

 private:
  const std::function<void()>& body_;
  Engine engine_;
  Watchdog watchdog_;
  Result result_;
};

}  // namespace detail::explorer
TWILL_END
