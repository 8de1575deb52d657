#include "tools/explore/strategy.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace detail::explorer {

bool DepthFirst::next() {
  depth_ = 0;
  spent_ = 0;
  if (!begun_) return begun_ = true;
  while (!path_.empty() && path_.back().taken + 1 == path_.back().count) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().taken;
  return true;
}

std::size_t DepthFirst::choose(std::span<const Option> options) {
  const bool bounded = options.back().preempts;
  if (bounded && spent_ >= most_) {
    left_some_out_ = true;
    return 0;
  }
  if (depth_ == path_.size()) path_.push_back({0, options.size()});
  const std::size_t taken = std::min(path_[depth_++].taken, options.size() - 1);
  if (options[taken].preempts) ++spent_;
  return taken;
}

bool Random::next() {
  walking_ = !walking_;
  odds_ = std::uint64_t{2} << draw(5);
  for (auto& priority : priority_) priority = 100 + random_() % 1'000'000;
  changes_ = static_cast<unsigned>(draw(4));
  lowest_ = 99;
  return true;
}

std::size_t Random::choose(std::span<const Option> options) {
  return walking_ ? walk(options) : by_priority(options);
}

std::size_t Random::walk(std::span<const Option> options) {
  if (options.back().preempts && draw(odds_) != 0) return 0;
  return draw(options.size());
}

std::size_t Random::by_priority(std::span<const Option> options) {
  if (draw(32) == 0) return draw(options.size());
  if (changes_ > 0 && draw(std::max<std::uint64_t>(decisions_ / changes_, 1)) == 0) {
    --changes_;
    priority_[options[0].task] = lowest_--;
  }
  const auto priority = [&](const Option& o) { return o.times_out ? 0 : priority_[o.task]; };
  const auto best =
      std::max_element(options.begin(), options.end(),
                       [&](const Option& a, const Option& b) { return priority(a) < priority(b); });
  return static_cast<std::size_t>(best - options.begin());
}

bool Script::next() {
  at_ = 0;
  fits_ = true;
  return true;
}

std::size_t Script::choose(std::span<const Option> options) {
  const std::size_t wanted = at_ < choices_.size() ? choices_[at_] : 0;
  ++at_;
  if (wanted < options.size()) return wanted;
  fits_ = false;
  return 0;
}

std::string to_string(const std::vector<std::size_t>& choices) {
  std::string text;
  const auto append = [&text](const std::string& token) {
    if (!text.empty()) text += '.';
    text += token;
  };
  std::size_t zeros = 0;
  for (const std::size_t choice : choices) {
    if (choice == 0) {
      ++zeros;
      continue;
    }
    if (zeros > 2)
      append('~' + std::to_string(zeros));
    else
      for (; zeros > 0; --zeros) append("0");
    zeros = 0;
    append(std::to_string(choice));
  }
  return text.empty() ? "0" : text;
}

std::vector<std::size_t> parse_choices(const std::string& text) {
  const auto refuse = [&text] { throw ValueError("\"" + text + "\" replays nothing"); };
  std::vector<std::size_t> choices;
  for (std::string_view left = text; !left.empty();) {
    const std::string_view token = left.substr(0, left.find('.'));
    left.remove_prefix(std::min(token.size() + 1, left.size()));
    const bool zeros = token.starts_with('~');
    std::uint32_t number = 0;
    const auto [end, error] =
        std::from_chars(token.data() + (zeros ? 1 : 0), token.data() + token.size(), number);
    if (error != std::errc() || end != token.data() + token.size()) refuse();
    if (zeros && number > 1'000'000) refuse();
    choices.insert(choices.end(), zeros ? number : 1, zeros ? 0 : number);
  }
  return choices;
}

}  // namespace detail::explorer
TWILL_END
