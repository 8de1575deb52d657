#include "tools/explore/search.hpp"

#include <algorithm>
#include <utility>

#include <twill/platform/error.hpp>

#include "platform/clock.hpp"

TWILL_BEGIN
namespace detail::explorer {
namespace {

constexpr std::uint64_t kCounted = 1'000;  ///< classes whose interleavings are counted
constexpr std::uint64_t kStepsToShorten = 2'000'000;
constexpr std::size_t kLongestReplay = 32;
constexpr std::uint64_t kSamplesToName = 5'000;
constexpr std::uint64_t kHopeful = 30'000;  ///< executions, within which most small bodies end

/// Whether an execution that came to `result` shows `failure`.
bool shows(const Result& result, const Failure& failure) {
  if (failure.kind == Finding::data_race) return result.race == failure;
  const bool says_where = failure.kind == Finding::check || failure.kind == Finding::exception;
  return result.failure.kind == failure.kind &&
         (!says_where || result.failure.text == failure.text);
}

const Failure& failure_of(const Result& result) {
  return result.failure ? result.failure : result.race;
}

}  // namespace

Search::Search(Runner& runner, const ExploreOptions& options, std::pmr::memory_resource* memory)
    : runner_(runner),
      options_(options),
      until_(Deadline(options.time).nanoseconds()),
      profile_(memory),
      sampling_(options.by == SearchBy::depth_first ? SearchBy::portfolio : options.by,
                options.seed, profile_),
      all_(DepthFirst::Reduce::yes, memory) {}

Exploration Search::run() { return options_.replay.empty() ? find() : replay(); }

bool Search::may_go_on() const {
  return !over_ && !options_.stop.stop_requested() &&
         (options_.time.is_never() || monotonic_now() < until_);
}

const Result& Search::run(Strategy& strategy, bool tell) {
  return runner_.run(strategy, tell, *this);
}

const Result& Search::run(const Choices& choices, bool tell) {
  script_ = Script(choices);
  script_.next();
  return run(script_, tell);
}

void Search::learn(Strategy& strategy, const Outcome& outcome) {
  strategy.learn(outcome.trace);
  if (&strategy == &sampling_ && sampling_.is_profiling()) {
    profile_.learn(outcome.trace);
    profile_.learn_races(outcome.racing);
  }
  if (&strategy != &all_ || all_.was_redundant() || all_.was_surprised()) return;
  if (++classes_ <= kCounted && !outcome.failure)
    interleavings_ += all_.interleavings(outcome.trace);
}

Exploration Search::replay() {
  const Replay way = Replay::parse(options_.replay);
  const Result* result = nullptr;
  if (way.sample) {
    for (std::uint64_t i = 0; i < kProfiled; ++i) sampling_.next(), run(sampling_);
    sampling_.repeat(*way.sample);
    sampling_.next();
    result = &run(sampling_, true);
  } else {
    result = &run(way.choices, true);
  }
  if (result->digits() != way.digits)
    throw ValueError("the program has changed since \"" + options_.replay +
                     "\" was found, or it is another one");
  found_.executions = 1;
  found_.finding = failure_of(*result).kind;
  found_.failure = failure_of(*result).text;
  found_.replay = options_.replay;
  found_.table = result->table;
  return std::move(found_);
}

Exploration Search::find() {
  if (!is_deterministic()) {
    found_.finding = Finding::nondeterminism;
    found_.failure =
        "the same interleaving went differently the second time: the body depends on something "
        "besides the order of its threads (time, chance, addresses, what earlier runs left behind)";
    return std::move(found_);
  }
  if (options_.by == SearchBy::portfolio)
    for (std::uint64_t share = 300; may_go_on() && found_.executions < options_.runs; share *= 2) {
      const std::uint64_t hopeful = share < kHopeful ? share : share / 4;
      try_all(std::min(found_.executions + hopeful, options_.runs));
      sample(std::min(found_.executions + share, options_.runs));
    }
  else if (options_.by == SearchBy::depth_first)
    try_all(options_.runs);
  else
    sample(options_.runs);
  if (found_.finding == Finding::nothing && race_) report(*race_);
  return std::move(found_);
}

bool Search::is_deterministic() {
  const std::string once = run(Choices(), false).digits();
  return once == run(Choices(), false).digits();
}

void Search::sample(std::uint64_t until) {
  while (may_go_on() && found_.executions < until && sampling_.next()) {
    ++found_.executions;
    over_ = failed(run(sampling_), true);
  }
}

void Search::try_all(std::uint64_t until) {
  while (may_go_on() && found_.executions < until) {
    if (!all_.next()) return finish();
    ++found_.executions;
    ++tried_;
    const Result& result = run(all_);
    complete_ = complete_ && result.was_whole && !result.was_free;
    over_ = failed(result, false);
    if (!all_.was_surprised() || over_) continue;
    found_.finding = Finding::nondeterminism;
    found_.failure =
        "an interleaving could not be run again: the body depends on something besides the order "
        "of its threads";
    over_ = true;
  }
}

/// Every interleaving has been tried.
void Search::finish() {
  over_ = true;
  found_.exhaustive = complete_;
  found_.executions = tried_;
  if (complete_ && classes_ <= kCounted) found_.interleavings = interleavings_;
}

/// Notes a data race, and goes on: maybe there is worse.
bool Search::failed(const Result& result, bool sampled) {
  if (!result.failure && (!result.race || race_)) return false;
  Found found{failure_of(result), {.choices = result.choices, .digits = result.digits()}};
  if (sampled) found.way.sample = sampling_.sample();
  if (result.failure) return report(std::move(found)), true;
  race_ = std::move(found);
  return false;
}

/// A sample that shows the same, if there is one soon.
std::optional<Sample> Search::sample_of(const Failure& failure) {
  for (std::uint64_t i = 0; i < kSamplesToName && may_go_on() && sampling_.next(); ++i) {
    const bool profiled = !sampling_.is_profiling();
    if (shows(run(sampling_), failure) && profiled) return sampling_.sample();
  }
  return std::nullopt;
}

/// As short as it gets; if that is too long for a human, by the name of a sample.
void Search::report(Found found) {
  Replay way = found.way;
  way.sample.reset();
  way.choices = shortened(way.choices, found.failure);
  const Result* result = &run(way.choices, true);
  way.digits = result->digits();
  if (way.text().size() > kLongestReplay) {
    way.sample = found.way.sample ? found.way.sample : sample_of(found.failure);
    if (way.sample) sampling_.repeat(*way.sample), sampling_.next();
    result = way.sample ? &run(sampling_, true) : &run(way.choices, true);
    way.digits = result->digits();
  }
  const Failure& failure =
      found.failure.kind == Finding::data_race ? result->race : result->failure;
  found_.finding = found.failure.kind;
  found_.failure = failure ? failure.text : found.failure.text;
  found_.replay = way.text();
  found_.table = result->table;
}

bool Search::leads_to(const Failure& failure, const Choices& choices) {
  return shows(run(choices, false), failure) && script_.fits();
}

/// With fewer and fewer changes of thread: leaves out half of them, a quarter, ..., one (Zeller and
/// Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
Choices Search::shortened(Choices choices, const Failure& failure) {
  std::uint64_t steps = 0;
  for (std::size_t size = std::max<std::size_t>(choices.size(), 1);; size = (size + 1) / 2) {
    bool shorter = false;
    for (std::size_t end = choices.size(); end > 0 && steps < kStepsToShorten;
         end -= std::min(end, size)) {
      const auto begin = static_cast<std::ptrdiff_t>(end - std::min(end, size));
      Choices without = choices;
      std::fill(without.begin() + begin, without.begin() + static_cast<std::ptrdiff_t>(end),
                std::uint8_t{0});
      if (without == choices) continue;
      if (leads_to(failure, without)) choices = std::move(without), shorter = true;
      steps += choices.size() + 100;
    }
    if ((size == 1 && !shorter) || steps >= kStepsToShorten) break;
    if (size == 1) size = 2;  // once more
  }
  while (!choices.empty() && choices.back() == 0) choices.pop_back();
  return choices;
}

}  // namespace detail::explorer
TWILL_END
