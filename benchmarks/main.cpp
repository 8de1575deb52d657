// twill_bench [AREA...] [--short] [--list] [--json FILE] [--pin apart|same|free]
// twill_bench --stress [handoffs=]N

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "harness.hpp"
#include "registry.hpp"

namespace bench {
namespace {

std::vector<AreaEntry>& mutable_areas() {
  static std::vector<AreaEntry> list;
  return list;
}

[[noreturn]] void usage(const char* problem) {
  std::fprintf(stderr,
               "twill_bench: %s\n"
               "usage: ./bench [AREA...] [--short] [--list] [--json FILE] [--pin apart|same|free]\n"
               "       ./bench --stress HANDOFFS\n",
               problem);
  std::exit(2);
}

struct CommandLine {
  std::vector<AreaEntry> chosen;
  std::string json;
  unsigned long long handoffs = 0;
};

Place place_of(std::string_view word) {
  for (const Place place : {Place::apart, Place::same, Place::free})
    if (word == name_of(place)) return place;
  usage("--pin takes apart, same or free");
}

unsigned long long handoffs_of(const char* word) {
  if (std::strncmp(word, "handoffs=", 9) == 0) word += 9;
  char* end = nullptr;
  const double count = std::strtod(word, &end);  // 1e8 is a number, too
  if (*word == '\0' || *end != '\0' || !(count >= 1)) usage("--stress takes a number of hand-offs");
  return static_cast<unsigned long long>(count);
}

void list() {
  for (const AreaEntry& area : areas()) std::printf("%-10s %s\n", area.name, area.about);
  std::exit(0);
}

CommandLine parse(int argc, char** argv) {
  CommandLine line;
  const auto value = [&](int& i) {
    if (i + 1 >= argc) usage("an option lacks its value");
    return argv[++i];
  };
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto area = std::find_if(areas().begin(), areas().end(),
                                   [&](const AreaEntry& entry) { return word == entry.name; });
    if (area != areas().end())
      line.chosen.push_back(*area);
    else if (word == "--list")
      list();
    else if (word == "--short")
      options.quick = true;
    else if (word == "--json")
      line.json = value(i);
    else if (word == "--pin")
      options.places = {place_of(value(i))};
    else if (word == "--stress")
      line.handoffs = handoffs_of(value(i));
    else
      usage((std::string(word) + " is neither an area (see --list) nor an option").c_str());
  }
  if (line.chosen.empty()) line.chosen = areas();
  return line;
}

}  // namespace

Area::Area(const char* name, const char* about, void (*run)()) {
  auto& list = mutable_areas();
  const auto place = std::find_if(list.begin(), list.end(), [&](const AreaEntry& entry) {
    return std::strcmp(name, entry.name) < 0;
  });
  list.insert(place, {name, about, run});
}

const std::vector<AreaEntry>& areas() { return mutable_areas(); }

}  // namespace bench

int main(int argc, char** argv) {
  const bench::CommandLine line = bench::parse(argc, argv);
  if (line.handoffs != 0) {
    bench::stress(line.handoffs);
    return 0;
  }
  for (const bench::AreaEntry& area : line.chosen) bench::run_area(area);
  if (!line.json.empty()) bench::write_json(line.json);
  if (!bench::options.quick) bench::report_missed_goals();
}
