#include "tools/explore/script.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace detail::explorer {
namespace {

constexpr std::uint32_t kMostZeros = 10'000'000;
constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";

struct Letter {
  SearchBy by;
  char everywhere;
  char elsewhere;
};
constexpr Letter kLetters[] = {{SearchBy::random_walk, 'W', 'w'},
                               {SearchBy::pct, 'C', 'c'},
                               {SearchBy::pos, 'P', 'p'},
                               {SearchBy::surw, 'S', 's'}};

/// All of `token` is a number.
template <class Number>
bool read(std::string_view token, Number& number) noexcept {
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  return error == std::errc() && end == token.data() + token.size();
}

/// What stands before the first `mark`, and takes both away.
std::string_view take_until(std::string_view& text, char mark) noexcept {
  const std::string_view token = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(token.size() + 1, text.size()));
  return token;
}

std::string text_of(const Choices& choices) {
  std::string text;
  const auto append = [&text](const std::string& token) {
    if (!text.empty()) text += '.';
    text += token;
  };
  std::size_t zeros = 0;
  for (const std::uint8_t choice : choices) {
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

bool parse_choices(std::string_view text, Choices& choices) {
  while (!text.empty()) {
    std::string_view token = take_until(text, '.');
    const bool zeros = token.starts_with('~');
    if (zeros) token.remove_prefix(1);
    std::uint32_t number = 0;
    if (!read(token, number) || (zeros ? number > kMostZeros : number > 255)) return false;
    choices.insert(choices.end(), zeros ? number : 1,
                   static_cast<std::uint8_t>(zeros ? 0 : number));
  }
  while (!choices.empty() && choices.back() == 0) choices.pop_back();
  return true;
}

std::string text_of(const Sample& sample) {
  const auto* const letter =
      std::find_if(std::begin(kLetters), std::end(kLetters),
                   [&sample](const Letter& known) { return known.by == sample.by; });
  std::string text;
  for (std::uint64_t rest = Sample::kSeeds | sample.seed; rest > 1; rest >>= 5)
    text += kDigits[rest & 31];
  return (sample.everywhere ? letter->everywhere : letter->elsewhere) + text;
}

std::optional<Sample> sample_of(std::string_view text) {
  const auto* const letter =
      std::find_if(std::begin(kLetters), std::end(kLetters), [text](const Letter& known) {
        return text.starts_with(known.everywhere) || text.starts_with(known.elsewhere);
      });
  if (letter == std::end(kLetters)) return std::nullopt;
  Sample sample{letter->by, text.starts_with(letter->everywhere)};
  std::uint64_t seed = 1;
  for (std::size_t at = text.size() - 1; at > 0; --at) {
    const std::size_t digit = kDigits.find(text[at]);
    if (digit == std::string_view::npos || seed >= Sample::kSeeds) return std::nullopt;
    seed = seed << 5 | digit;
  }
  if (seed < Sample::kSeeds) return std::nullopt;
  sample.seed = seed - Sample::kSeeds;
  return sample;
}

}  // namespace

std::size_t Script::choose(std::span<const Option> options, const Trace&) {
  if (options.size() == 1) return 0;
  const std::size_t wanted = at_ < choices_.size() ? choices_[at_] : 0;
  ++at_;
  if (wanted < options.size()) return wanted;
  fits_ = false;
  return 0;
}

std::string Replay::text() const {
  return (sample ? text_of(*sample) : text_of(choices)) + '/' + digits;
}

Replay Replay::parse(const std::string& text) {
  Replay replay;
  std::string_view left = text;
  const std::string_view way = take_until(left, '/');
  replay.digits = left;
  replay.sample = sample_of(way);
  const bool good = replay.sample || (!way.empty() && parse_choices(way, replay.choices));
  if (!good || replay.digits.size() != 2)
    throw ValueError("\"" + text + "\" is no replay: it is damaged, or not whole");
  return replay;
}

std::uint64_t digest(std::uint64_t before, const Step& step) noexcept {
  const std::uint64_t what = step.task | step.what << 8 | std::uint64_t{step.effect.object} << 16;
  return (before ^ what) * 0x9E3779B97F4A7C15u;
}

std::string digits_of(std::uint64_t digest) {
  return {kDigits[digest >> 59], kDigits[digest >> 54 & 31]};
}

std::uint64_t digest_of(std::span<const Step> steps) noexcept {
  std::uint64_t sum = 0;
  for (const Step& step : steps) sum = digest(sum, step);
  return sum;
}

}  // namespace detail::explorer
TWILL_END
