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

/// Whether an execution that came to `outcome` shows `failure`.
bool shows(const Outcome& outcome, const Failure& failure) {
  if (failure.kind == Finding::data_race) return outcome.race == failure;
  const bool says_where = failure.kind == Finding::check || failure.kind == Finding::exception;
  return outcome.failure.kind == failure.kind &&
         (!says_where || outcome.failure.text == failure.text);
}

const Failure& failure_of(const Outcome& outcome) {
  return outcome.failure ? outcome.failure : outcome.race;
}

}  // namespace

Search::Search(const std::function<void()>& body, const ExploreOptions& options)
    : options_(options),
      until_(Deadline(options.time).nanoseconds()),
      engine_(body, options.steps),
      sampling_(options.by == SearchBy::depth_first ? SearchBy::portfolio : options.by,
                options.seed, profile_) {}

bool Search::may_go_on() const {
  return !over_ && !options_.stop.stop_requested() &&
         (options_.time.is_never() || monotonic_now() < until_);
}

const Outcome& Search::run(Strategy& strategy, bool tell) {
  const Outcome& outcome = engine_.run(strategy, tell);
  strategy.learn(outcome.trace);
  return outcome;
}

Exploration Search::replay() {
  const Replay way = Replay::parse(options_.replay);
  const Outcome* outcome = nullptr;
  if (way.sampled) {
    Sampling sampling(options_.by, way.seed, profile_);
    for (std::uint64_t i = 0; i <= way.number && i < kProfiled; ++i) {
      sampling.next();
      outcome = &run(sampling, i == way.number);
      profile_.learn(outcome->trace);
      profile_.learn_races(outcome->racing);
    }
    if (way.number >= kProfiled) {
      sampling.continue_at(way.number);
      sampling.next();
      outcome = &run(sampling, true);
    }
  } else {
    Script script(way.choices);
    script.next();
    outcome = &run(script, true);
  }
  if (digits_of(outcome->trace) != way.digits)
    throw ValueError("the program has changed since \"" + options_.replay +
                     "\" was found, or it is another one");
  found_.executions = 1;
  found_.finding = failure_of(*outcome).kind;
  found_.failure = failure_of(*outcome).text;
  found_.replay = options_.replay;
  found_.table = table_of(outcome->rows, outcome->names);
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
    for (const std::uint64_t part : {64, 32, 4, 2}) {
      try_all(options_.runs / part);
      sample(2 * options_.runs / part);
    }
  else if (options_.by == SearchBy::depth_first)
    try_all(options_.runs);
  else
    sample(options_.runs);
  if (!found_.exhaustive) found_.interleavings = 0;
  if (found_.finding == Finding::nothing && race_) report(*race_);
  return std::move(found_);
}

bool Search::is_deterministic() {
  const Choices none;
  Script script(none);
  script.next();
  const std::string once = digits_of(run(script).trace);
  script.next();
  return once == digits_of(run(script).trace);
}

void Search::sample(std::uint64_t until) {
  while (may_go_on() && found_.executions < until && sampling_.next()) {
    const Outcome& outcome = run(sampling_);
    ++found_.executions;
    if (sampling_.number() < kProfiled) {
      profile_.learn(outcome.trace);
      profile_.learn_races(outcome.racing);
    }
    over_ = failed(outcome, &sampling_);
  }
}

void Search::try_all(std::uint64_t until) {
  while (may_go_on() && found_.executions < until) {
    if (!all_.next()) return finish();
    const Outcome& outcome = run(all_);
    ++found_.executions;
    ++tried_;
    classes_ += all_.was_redundant() ? 0 : 1;
    fair_ |= outcome.was_fair;
    if (all_.was_surprised()) {
      found_.finding = Finding::nondeterminism;
      found_.failure =
          "an interleaving could not be run again: the body depends on something besides the "
          "order of its threads";
      over_ = true;
    } else if (failed(outcome, nullptr)) {
      over_ = true;
    } else if (classes_ <= kCounted && !all_.was_redundant()) {
      found_.interleavings += all_.interleavings(outcome.trace);
    }
  }
}

/// Every interleaving has been tried.
void Search::finish() {
  over_ = true;
  found_.exhaustive = !fair_;
  found_.executions = tried_;
  if (classes_ > kCounted || fair_) found_.interleavings = 0;
}

/// Notes a data race, and goes on: maybe there is worse.
bool Search::failed(const Outcome& outcome, const Sampling* sampling) {
  if (!outcome.failure && (!outcome.race || race_)) return false;
  Replay way{.choices = outcome.choices, .digits = digits_of(outcome.trace)};
  if (sampling != nullptr)
    way.sampled = true, way.number = sampling->number(), way.seed = options_.seed;
  if (!outcome.failure) {
    race_ = {outcome.race, std::move(way)};
    return false;
  }
  report({outcome.failure, std::move(way)});
  return true;
}

/// As short as it gets; by its number, if that is too long for a human and there is one.
void Search::report(Found found) {
  const bool sampled = std::exchange(found.way.sampled, false);
  Replay shortest = found.way;
  shortest.choices = shortened(found.way.choices, found.failure);
  Script script(shortest.choices);
  script.next();
  const Outcome* outcome = &run(script, true);
  shortest.digits = digits_of(outcome->trace);
  if (sampled && shortest.text().size() > kLongestReplay) {
    shortest = found.way;
    shortest.sampled = true;
    Script whole(found.way.choices);
    whole.next();
    outcome = &run(whole, true);
  }
  const Failure& failure =
      found.failure.kind == Finding::data_race ? outcome->race : outcome->failure;
  found_.finding = failure.kind;
  found_.failure = failure.text;
  found_.replay = shortest.text();
  found_.table = table_of(outcome->rows, outcome->names);
}

bool Search::leads_to(const Failure& failure, const Choices& choices) {
  Script script(choices);
  script.next();
  return shows(run(script), failure) && script.fits();
}

/// With fewer and fewer changes of thread: leaves out half of them, a quarter, ..., one (Zeller and
/// Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
Choices Search::shortened(Choices choices, const Failure& failure) {
  std::uint64_t steps = 0;
  for (std::size_t size = std::max<std::size_t>(choices.size(), 1);; size = (size + 1) / 2) {
    bool shorter = false;
    for (std::size_t end = choices.size(); end > 0 && steps < kStepsToShorten;
         end -= std::min(end, size)) {
      const std::size_t begin = end - std::min(end, size);
      Choices without = choices;
      std::fill(without.begin() + static_cast<std::ptrdiff_t>(begin),
                without.begin() + static_cast<std::ptrdiff_t>(end), std::uint8_t{0});
      if (without == choices) continue;
      if (leads_to(failure, without)) choices = std::move(without), shorter = true;
      steps += choices.size() + 100;
    }
    if (size == 1 && !shorter) break;
    if (size == 1) size = 2;  // once more
    if (steps >= kStepsToShorten) break;
  }
  while (!choices.empty() && choices.back() == 0) choices.pop_back();
  return choices;
}

}  // namespace detail::explorer
TWILL_END
