#include "model/story.hpp"

#include <algorithm>
#include <cstdio>

TWILL_BEGIN
namespace model {
namespace {

constexpr const char* kVerbs[] = {"reads",
                                  "stores",
                                  "changes",
                                  "changes",
                                  "compares in vain",
                                  "sleeps on",
                                  "does not sleep on",
                                  "wakes somebody on",
                                  "wakes nobody on",
                                  "heavy barrier",
                                  "yields",
                                  "looks at the clock",
                                  "times out on",
                                  "wakes for nothing on",
                                  "interrupted on",
                                  "begins",
                                  "ends"};

std::string number(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, value < 10 ? "%llu" : "0x%llx",
                static_cast<unsigned long long>(value));
  return text;
}

std::string in_words(const Step& step, Locations& locations) {
  std::string text = kVerbs[static_cast<unsigned>(step.what)];
  if (step.location == nullptr) return text;
  text += ' ' + locations.name_of(step.location->address);
  switch (step.what) {
    case What::load:
    case What::unequal:
    case What::no_sleep:
      return text + ": " + number(step.before);
    case What::store:
      return text + " = " + number(step.after) + " (on its way)";
    case What::modify:
    case What::compared:
      return text + ": " + number(step.before) + " -> " + number(step.after);
    default:
      return text;
  }
}

/// Nobody else in the story uses the location.
bool is_private(const Step& step, const std::vector<Step>& steps) {
  return step.location != nullptr && step.what <= What::unequal &&
         std::none_of(steps.begin(), steps.end(), [&](const Step& other) {
           return other.location == step.location && other.thread != step.thread;
         });
}

}  // namespace

std::string tell(const std::vector<Step>& steps, Locations& locations) {
  constexpr std::size_t kColumn = 10;
  std::string text;
  for (const Step& step : steps) {
    if (is_private(step, steps)) continue;
    char head[16];
    std::snprintf(head, sizeof head, "%5zu  ", static_cast<std::size_t>(&step - steps.data()));
    text.append(head).append(step.thread * kColumn, ' ');
    text += step.thread == 0 ? "body" : std::string(1, static_cast<char>('A' + step.thread - 1));
    text += ' ' + in_words(step, locations) + '\n';
  }
  return text;
}

std::uint64_t fingerprint(const std::vector<Step>& steps) noexcept {
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const Step& step : steps)
    hash = (hash ^ (static_cast<unsigned>(step.what) + 32u * step.thread)) * 1099511628211u;
  return hash;
}

}  // namespace model
TWILL_END
