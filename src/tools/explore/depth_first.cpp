#include "tools/explore/depth_first.hpp"

#include <algorithm>
#include <bit>

#include "tools/explore/task.hpp"

TWILL_BEGIN
namespace detail::explorer {

bool DepthFirst::next() {
  redundant_ = surprised_ = false;
  if (!begun_) return begun_ = true;
  for (; !path_.empty(); path_.pop_back()) {
    Node& node = path_.back();
    order_no_more(static_cast<std::uint32_t>(path_.size() - 1));
    if (node.way + 1 < node.ways) return ++node.way, true;
    node.done |= bit(node.task);
    const Tasks left = node.shall & ~node.done & ~node.asleep;
    if (left == 0) continue;
    node.task = static_cast<std::uint8_t>(std::countr_zero(left));
    node.way = 0;
    return true;
  }
  return false;
}

std::size_t DepthFirst::choose(std::span<const Option> options, const Trace& trace) {
  if (redundant_ || surprised_) return 0;
  if (trace.size() == path_.size()) add_node(options, trace);
  if (redundant_) return 0;
  Node& node = path_[trace.size()];
  std::size_t chosen = options.size();
  std::uint8_t ways = 0;
  for (std::size_t i = 0; i < options.size(); ++i)
    if (options[i].task == node.task && ways++ == node.way) chosen = i;
  node.ways = ways;
  if (chosen < options.size()) return chosen;
  surprised_ = true;
  return 0;
}

/// Begins with the first who is not asleep.
void DepthFirst::add_node(std::span<const Option> options, const Trace& trace) {
  const Tasks asleep =
      reduces_ && !path_.empty() ? sleepers_after(path_.back(), trace.back()) : Tasks{0};
  const auto awake = [&](const Option& option) { return (asleep & bit(option.task)) == 0; };
  const auto first = std::find_if(options.begin(), options.end(), awake);
  if (first == options.end()) {
    redundant_ = true;
    return;
  }
  Node& node = path_.emplace_back();
  for (const Option& option : options) {
    node.could |= bit(option.task);
    node.pending[option.task] = *option.effect;
  }
  node.asleep = asleep;
  node.task = first->task;
  node.shall = reduces_ ? bit(first->task) : node.could;
}

DepthFirst::Tasks DepthFirst::sleepers_after(const Node& node, const Step& step) noexcept {
  Tasks sleepers = 0;
  for (Tasks left = (node.asleep | node.done) & ~bit(step.task); left != 0; left &= left - 1) {
    const auto task = static_cast<unsigned>(std::countr_zero(left));
    if (!conflict(node.pending[task], step.effect)) sleepers |= bit(task);
  }
  return sleepers;
}

void DepthFirst::learn(const Trace& trace) {
  for (const Step& step : trace) tasks_ = std::max<unsigned>(tasks_, step.task + 1u);
  while (ordered_ < path_.size() && ordered_ < trace.size()) {
    order(ordered_, trace);
    ++ordered_;
  }
}

/// What happened before the step but for the order of steps on its object.
Clock DepthFirst::clock_before(std::uint32_t at, const Trace& trace) const {
  const Step& step = trace[at];
  Clock clock;
  const std::uint32_t before = last_of_task_[step.task];
  if (before != kNone) clock = path_[before].clock;
  if (step.what == Operation::begin || step.what == Operation::resume)
    for (std::uint32_t i = at; i-- > 0;)
      if ((trace[i].woke & bit(step.task)) != 0) {
        clock.join(path_[i].clock, tasks_);
        break;
      }
  return clock;
}

void DepthFirst::order(std::uint32_t at, const Trace& trace) {
  const Step& step = trace[at];
  Node& node = path_[at];
  node.effect = step.effect;
  node.task_before = last_of_task_[step.task];
  Clock clock = clock_before(at, trace);
  if (const std::uint16_t object = node.effect.object; object != 0) {
    if (object >= last_on_object_.size()) last_on_object_.resize(object + 1u, kNone);
    node.object_before = last_on_object_[object];
    if (reduces_) find_races(at, clock), find_timeouts(node);
    for (std::uint32_t i = node.object_before; i != kNone; i = path_[i].object_before) {
      if (!conflict(path_[i].effect, node.effect)) continue;
      clock.join(path_[i].clock, tasks_);
      if (path_[i].effect.writes) break;
    }
    last_on_object_[object] = at;
  }
  clock.at[step.task] = at + 1;
  node.clock = clock;
  last_of_task_[step.task] = at;
}

void DepthFirst::order_no_more(std::uint32_t from) {
  if (ordered_ <= from) return;
  const Node& node = path_[from];
  if (node.effect.object != 0) last_on_object_[node.effect.object] = node.object_before;
  last_of_task_[node.task] = node.task_before;
  ordered_ = from;
}

/// Each earlier step of somebody else's that conflicts with this one and that nothing else orders:
/// the reads since the last write, or that write. Whoever waits for a state, or takes what only one
/// can have, could maybe not have gone on before that write, but before an earlier one; and no
/// other reversal is sure to lead there.
void DepthFirst::find_races(std::uint32_t at, const Clock& before) {
  const Node& node = path_[at];
  const bool may_wait = node.effect.role == Effect::waits || node.effect.role == Effect::takes;
  bool raced = false;
  for (std::uint32_t i = node.object_before; i != kNone; i = path_[i].object_before) {
    const Node& earlier = path_[i];
    if (!conflict(earlier.effect, node.effect)) continue;
    const bool ordered = earlier.task == node.task || is_before(i, before);
    if (!ordered && !can_swap(i, at)) continue;
    const bool covered = raced && earlier.effect.writes && !may_wait;
    if (!ordered && !covered) reverse(i, at, before);
    if (earlier.effect.writes && (ordered || !may_wait)) return;
    raced |= !ordered;
  }
}

/// Whoever waits and is about to notice the step could have given up before.
void DepthFirst::find_timeouts(Node& node) noexcept {
  for (Tasks left = node.could & ~bit(node.task); left != 0; left &= left - 1) {
    const auto task = static_cast<unsigned>(std::countr_zero(left));
    if (node.pending[task].timed && conflict(node.pending[task], node.effect))
      node.shall |= bit(task);
  }
}

/// Whether the second could have come before the first.
bool DepthFirst::can_swap(std::uint32_t first, std::uint32_t second) const noexcept {
  const Node& earlier = path_[first];
  const Node& later = path_[second];
  const bool was_about_to = later.task_before == kNone || later.task_before < first;
  if (was_about_to) return (earlier.could & bit(later.task)) != 0;
  return earlier.effect.role != Effect::gives_back || later.effect.role != Effect::takes;
}

void DepthFirst::reverse(std::uint32_t first, std::uint32_t second, const Clock& before) {
  Node& node = path_[first];
  const Tasks leaders = who_leads_to(second, before, first) & node.could;
  if ((leaders & node.shall) != 0) return;
  const Tasks own = bit(path_[second].task);
  node.shall |= (leaders & own) != 0 ? own : leaders != 0 ? leaders & -leaders : node.could;
}

/// Of the steps after `without` that do not come from it, up to the second: the tasks whose first
/// one comes from no other's.
DepthFirst::Tasks DepthFirst::who_leads_to(std::uint32_t second, const Clock& before,
                                           std::uint32_t without) const {
  Tasks seen = 0;
  Tasks leaders = 0;
  Tasks noticed = 0;  ///< by the second
  std::uint32_t firsts[kMostTasks];
  unsigned count = 0;
  for (std::uint32_t i = without + 1; i <= second; ++i) {
    const Node& node = path_[i];
    if (i != second && is_before(without, node.clock)) continue;
    if (conflict(node.effect, path_[second].effect)) noticed |= bit(node.task);
    if ((seen & bit(node.task)) != 0) continue;
    const auto leads_here = [&](std::uint32_t other) {
      if (i != second) return is_before(other, node.clock);
      return is_before(other, before) || (noticed & bit(path_[other].task)) != 0;
    };
    if (std::none_of(firsts, firsts + count, leads_here)) leaders |= bit(node.task);
    seen |= bit(node.task);
    firsts[count++] = i;
  }
  return leaders;
}

/// For each step: of each task, how many steps happened before.
std::vector<std::vector<std::uint32_t>> DepthFirst::needs(const Trace& trace) const {
  std::vector<std::vector<std::uint32_t>> done(path_.size() + 1);
  done[0].assign(tasks_, 0);
  for (std::size_t i = 0; i < path_.size(); ++i) {
    done[i + 1] = done[i];
    ++done[i + 1][trace[i].task];
  }
  std::vector<std::vector<std::uint32_t>> all(path_.size(), std::vector<std::uint32_t>(tasks_));
  for (std::size_t i = 0; i < path_.size(); ++i)
    for (unsigned task = 0; task < tasks_; ++task)
      all[i][task] = done[path_[i].clock.at[task]][task] - (task == trace[i].task ? 1 : 0);
  return all;
}

/// The linear extensions of what happened before what, counted by how far each task has come.
double DepthFirst::interleavings(const Trace& trace) const {
  constexpr std::size_t kMostStates = 1'000'000;
  const auto need = needs(trace);
  std::vector<std::vector<std::size_t>> steps(tasks_);
  for (std::size_t i = 0; i < path_.size(); ++i) steps[trace[i].task].push_back(i);
  std::vector<std::size_t> stride(tasks_ + 1, 1);
  for (unsigned task = 0; task < tasks_; ++task) {
    stride[task + 1] = stride[task] * (steps[task].size() + 1);
    if (stride[task + 1] > kMostStates) return 0;
  }
  std::vector<double> ways(stride[tasks_], 0);
  ways[0] = 1;
  const auto position = [&](std::size_t state, unsigned task) {
    return state / stride[task] % (steps[task].size() + 1);
  };
  for (std::size_t state = 0; state < ways.size(); ++state) {
    if (ways[state] == 0) continue;
    for (unsigned task = 0; task < tasks_; ++task) {
      const std::size_t at = position(state, task);
      if (at == steps[task].size()) continue;
      const auto& needed = need[steps[task][at]];
      bool possible = true;
      for (unsigned other = 0; other < tasks_; ++other)
        possible = possible && needed[other] <= position(state, other);
      if (possible) ways[state + stride[task]] += ways[state];
    }
  }
  return ways.back();
}

std::uint64_t DepthFirst::fingerprint(const Trace& trace) const {
  const auto need = needs(trace);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < path_.size(); ++i) {
    std::uint64_t hash = trace[i].task * 256u + trace[i].way;
    for (const std::uint32_t number : need[i]) hash = (hash ^ number) * 0x9E3779B97F4A7C15u;
    sum += hash ^ hash >> 29;
  }
  return sum;
}

}  // namespace detail::explorer
TWILL_END
