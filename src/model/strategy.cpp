#include "model/strategy.hpp"

#include <algorithm>
#include <sstream>

TWILL_BEGIN
namespace model {

bool DepthFirst::next() {
  depth_ = 0;
  if (!begun_) return begun_ = true;
  while (!path_.empty() && path_.back().taken + 1 == path_.back().count) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().taken;
  return true;
}

std::size_t DepthFirst::choose(std::span<const Option> options) {
  if (depth_ == path_.size()) path_.push_back({0, options.size()});
  Branch& branch = path_[depth_++];
  if (branch.count != options.size())
    fail(
        "the same choices led to another program: it depends "
        "on something that the engine does not control");
  return branch.taken;
}

bool Random::next() {
  if (left_ == 0) return false;
  --left_;
  walking_ = !walking_;
  odds_ = std::uint64_t{2} << draw(5);
  for (auto& priority : priority_) priority = 100 + random_() % 1'000'000;
  changes_ = static_cast<unsigned>(draw(5));
  lowest_ = 99;
  return true;
}

std::size_t Random::choose(std::span<const Option> options) {
  return walking_ ? walk(options) : by_priority(options);
}

std::size_t Random::walk(std::span<const Option> options) {
  const bool forced = options[1].price == Price::free;
  if (!forced && draw(odds_) != 0) return 0;
  return draw(options.size());
}

std::size_t Random::by_priority(std::span<const Option> options) {
  if (options[0].kind == Option::memory || options[0].kind == Option::leap)
    return draw(4) == 0 ? draw(options.size()) : 0;
  if (draw(32) == 0) return draw(options.size());
  const auto priority = [&](const Option& o) {
    return o.kind == Option::run ? priority_[o.thread] : 0;
  };
  if (changes_ > 0 && draw(std::max(steps_ / changes_, 1ul)) == 0) {
    --changes_;
    priority_[options[0].thread] = lowest_--;
  }
  const auto best =
      std::max_element(options.begin(), options.end(),
                       [&](const Option& a, const Option& b) { return priority(a) < priority(b); });
  return static_cast<std::size_t>(best - options.begin());
}

std::string to_string(const std::vector<Departure>& departures) {
  std::string text;
  for (const Departure& d : departures)
    text += (text.empty() ? "" : " ") + std::to_string(d.decision) + '.' + std::to_string(d.option);
  return text;
}

std::vector<Departure> parse_departures(const std::string& text) {
  std::vector<Departure> departures;
  std::istringstream in(text);
  Departure d{};
  char dot;
  while (in >> d.decision >> dot >> d.option) departures.push_back(d);
  return departures;
}

}  // namespace model
TWILL_END
