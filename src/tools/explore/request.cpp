#include "tools/explore/request.hpp"

#include <algorithm>
#include <charconv>

#include <twill/platform/error.hpp>

TWILL_BEGIN
namespace detail::explorer {
namespace {

struct Name {
  SearchBy by;
  std::string_view name;
};
constexpr Name names[] = {
    {SearchBy::portfolio, "portfolio"},
    {SearchBy::depth_first, "dfs"},
    {SearchBy::random_walk, "random"},
    {SearchBy::pct, "pct"},
    {SearchBy::pos, "pos"},
    {SearchBy::surw, "surw"},
};

template <class Number>
void read(std::string_view value, Number& number) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size())
    throw ValueError("\"" + std::string(value) + "\" is no number");
}

void read_time(std::string_view value, Timeout& time) {
  std::int64_t nanoseconds = 0;
  read(value, nanoseconds);
  time = std::chrono::nanoseconds(nanoseconds);
}

void set(Request& request, std::string_view key, std::string_view value) {
  ExploreOptions& options = request.options;
  if (key == "runs") return read(value, options.runs);
  if (key == "seed") return read(value, options.seed);
  if (key == "steps") return read(value, options.steps);
  if (key == "patience") return read_time(value, options.patience);
  if (key == "real") return void(options.real_threads = value == "1");
  if (key == "answer") return read(value, request.answer_to);
  if (key == "replay") return void(options.replay = value);
  if (key == "time") return read_time(value, options.time);
  const auto by = search_by(value);
  if (key != "by" || !by) throw ValueError("not understood: " + std::string(key));
  options.by = *by;
}

}  // namespace

std::string_view name_of(SearchBy by) noexcept {
  return std::find_if(std::begin(names), std::end(names),
                      [by](const Name& n) { return n.by == by; })
      ->name;
}

std::optional<SearchBy> search_by(std::string_view name) noexcept {
  for (const Name& known : names)
    if (known.name == name) return known.by;
  return std::nullopt;
}

std::string Request::text() const {
  std::string text = "runs=" + std::to_string(options.runs) +
                     ";seed=" + std::to_string(options.seed) +
                     ";steps=" + std::to_string(options.steps) +
                     ";patience=" + std::to_string(options.patience.nanoseconds()) + ";by=";
  text += name_of(options.by);
  if (!options.time.is_never()) text += ";time=" + std::to_string(options.time.nanoseconds());
  if (options.real_threads) text += ";real=1";
  if (!options.replay.empty()) text += ";replay=" + options.replay;
  return text + ";answer=" + std::to_string(answer_to);
}

Request Request::parse(std::string_view text) {
  Request request;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const std::size_t equals = std::min(part.find('='), part.size());
    set(request, part.substr(0, equals), part.substr(std::min(equals + 1, part.size())));
  }
  return request;
}

}  // namespace detail::explorer
TWILL_END
