#include "tools/explore/sampling.hpp"

#include <algorithm>
#include <numeric>

TWILL_BEGIN
namespace detail::explorer {

void Profile::learn(const Trace& trace) {
  steps = std::max<std::uint64_t>(steps, trace.size());
  std::vector<std::array<std::uint32_t, kMostTasks>> now;
  for (const Step& step : trace) {
    if (now.size() <= step.effect.object) now.resize(step.effect.object + 1u);
    if (step.effect.object != 0) ++now[step.effect.object][step.task];
  }
  if (uses.size() < now.size()) uses.resize(now.size());
  for (std::size_t i = 0; i < now.size(); ++i)
    for (unsigned task = 0; task < kMostTasks; ++task)
      uses[i][task] = std::max(uses[i][task], now[i][task]);
}

void Profile::learn_races(const std::vector<const void*>& sites) {
  racing.insert(racing.end(), sites.begin(), sites.end());
  std::sort(racing.begin(), racing.end());
  racing.erase(std::unique(racing.begin(), racing.end()), racing.end());
}

/// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
std::uint64_t Sampling::draw() noexcept {
  std::uint64_t z = random_ += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

Sample Sampling::sample_of(std::uint64_t number) noexcept {
  constexpr SearchBy turns[] = {
      SearchBy::pos,  SearchBy::surw, SearchBy::pct, SearchBy::random_walk, SearchBy::pos,
      SearchBy::surw, SearchBy::pct,  SearchBy::pos, SearchBy::surw,        SearchBy::pos};
  if (number < kProfiled) return {.seed = number};
  random_ = seed_;
  random_ = draw() ^ number;
  return {wanted_ != SearchBy::portfolio ? wanted_ : turns[number % std::size(turns)],
          number % 16 == 0, draw() % Sample::kSeeds};
}

bool Sampling::next() {
  sample_ = repeated_ ? *repeated_ : sample_of(number_);
  random_ = sample_.seed;
  places_ = sample_.everywhere ? nullptr : &profile_.racing;
  seen_ = 0;
  for (auto& priority : priority_) priority = draw() | 1u << 16;
  if (sample_.by == SearchBy::pct) {
    changes_.resize(1 + draw(3));
    for (auto& change : changes_) change = draw(profile_.steps);
    lowest_ = changes_.size();
  }
  if (sample_.by == SearchBy::surw) choose_object();
  ++number_;
  return true;
}

std::size_t Sampling::choose(Options options, const Trace& trace) {
  if (options.size() == 1) return 0;
  if (!sample_.everywhere)
    for (std::size_t i = 0; i < options.size(); ++i)
      if (options[i].effect->role == Effect::starts) return i;  // so that all are there
  switch (sample_.by) {
    case SearchBy::pct:
      return by_priority(options, trace.size());
    case SearchBy::pos:
      return by_event(options, trace);
    case SearchBy::surw:
      return by_weight(options, trace);
    default:
      return draw(options.size());
  }
}

/// The highest priority; of a task's ways, any.
std::size_t Sampling::best_of(Options options) const noexcept {
  const auto lower = [&](const Option& a, const Option& b) {
    return priority_[a.task] < priority_[b.task];
  };
  return static_cast<std::size_t>(std::max_element(options.begin(), options.end(), lower) -
                                  options.begin());
}

/// Priorities that fall at a few random steps (Burckhardt et al., "A Randomized Scheduler with
/// Probabilistic Guarantees of Finding Bugs", 2010). What only time or chance decides has no
/// priority.
std::size_t Sampling::by_priority(Options options, std::size_t step) {
  for (auto& change : changes_)
    if (change <= step) {
      change = ~std::uint64_t{0};
      priority_[options[0].task] = lowest_--;
    }
  const std::size_t best = best_of(options);
  return options.back().way != 0 && draw(8) == 0 ? draw(options.size()) : best;
}

/// A priority for each step to come, drawn anew for those that conflict with a step just taken
/// (Yuan, Yang, Gu, "Partial Order Aware Concurrency Sampling", 2018).
std::size_t Sampling::by_event(Options options, const Trace& trace) {
  for (; seen_ < trace.size(); ++seen_) {
    const Step& step = trace[seen_];
    priority_[step.task] = draw();
    for (const Option& option : options)
      if (option.task != step.task && conflict(*option.effect, step.effect))
        priority_[option.task] = draw();
  }
  const std::size_t best = best_of(options);
  return options.back().way != 0 && draw(8) == 0 ? draw(options.size()) : best;
}

void Sampling::choose_object() {
  left_.fill(0);
  object_ = profile_.uses.size() < 2 || draw(2) == 0
                ? std::uint16_t{0}
                : static_cast<std::uint16_t>(1 + draw(profile_.uses.size() - 1));
  for (std::size_t i = 1; i < profile_.uses.size(); ++i)
    if (object_ == 0 || i == object_)
      for (unsigned task = 0; task < kMostTasks; ++task) left_[task] += profile_.uses[i][task];
  intend();
}

bool Sampling::counts(const Effect& effect) const noexcept {
  return effect.object != 0 && (object_ == 0 || effect.object == object_);
}

/// Each of the uses that are left is as likely to be the next.
void Sampling::intend() {
  const std::uint64_t all = std::accumulate(left_.begin(), left_.end(), std::uint64_t{0});
  if (all == 0) return;
  std::uint64_t drawn = draw(all);
  for (intended_ = 0; drawn >= left_[intended_]; ++intended_) drawn -= left_[intended_];
}

/// All orders of the uses of an object are about as likely as each other (Zhao et al., "Selectively
/// Uniform Concurrency Testing", 2025): who is to do the next of them is drawn by how many each
/// has left, and the others wait before theirs.
std::size_t Sampling::by_weight(Options options, const Trace& trace) {
  for (; seen_ < trace.size(); ++seen_) {
    const Step& step = trace[seen_];
    if (!counts(step.effect)) continue;
    if (left_[step.task] > 0) --left_[step.task];
    intend();
  }
  std::size_t allowed = 0;
  std::size_t chosen = options.size();
  for (std::size_t i = 0; i < options.size(); ++i) {
    const Option& option = options[i];
    const bool waits = counts(*option.effect) && option.task != intended_ && option.way == 0;
    if (!waits && draw(++allowed) == 0) chosen = i;
  }
  return chosen < options.size() ? chosen : draw(options.size());
}

}  // namespace detail::explorer
TWILL_END
