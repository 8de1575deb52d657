#include "harness.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "registry.hpp"

namespace bench {

Options options;

namespace {

struct Row {
  std::string area, work, unit, peer_name;
  double twill, peer, ratio;
  std::size_t runs;
  double goal;
};

std::string current_area;
std::vector<Row> rows;

double ratio_of(Better better, double twill, double peer) {
  const double over = better == Better::less ? peer : twill;
  const double under = better == Better::less ? twill : peer;
  return under > 0 ? over / under : 0;
}

double worst(const Figures& figures, Better better) {
  const auto [low, high] = std::minmax_element(figures.runs.begin(), figures.runs.end());
  return better == Better::less ? *high : *low;
}

std::string quantity(double value, const std::string& unit) {
  char text[64];
  std::snprintf(text, sizeof text, value < 100 ? "%.3g %s" : "%.0f %s", value, unit.c_str());
  return text;
}

void print(Row row) {
  std::printf("%s | %s | %s | %s (%s) | %.2f\n", row.area.c_str(), row.work.c_str(),
              quantity(row.twill, row.unit).c_str(), quantity(row.peer, row.unit).c_str(),
              row.peer_name.c_str(), row.ratio);
  std::fflush(stdout);
  rows.push_back(std::move(row));
}

using Judge = double (*)(const Figures&, Better);

double middling(const Figures& figures, Better) { return figures.median(); }

void print_line(const Work& work, const Figures& twill, const Figures& peer, Judge judge) {
  const double ours = judge(twill, work.better);
  const double theirs = judge(peer, work.better);
  print({current_area, work.name, work.unit, peer.name, ours, theirs,
         ratio_of(work.better, ours, theirs), twill.runs.size(), work.goal});
}

const Figures& best_of(const Work& work, const std::vector<Figures>& peers, Judge judge) {
  const Figures* best = &peers.front();
  for (const Figures& peer : peers)
    if (ratio_of(work.better, judge(*best, work.better), judge(peer, work.better)) < 1)
      best = &peer;
  return *best;
}

void print_lines(const Work& work, const Figures& twill, const std::vector<Figures>& peers,
                 Judge judge) {
  print_line(work, twill, peers.front(), judge);
  const Figures& best = best_of(work, peers, judge);
  if (&best == &peers.front()) return;
  Work beside = work;
  beside.goal = 0;
  print_line(beside, twill, best, judge);
}

Work worst_of(const Work& work) {
  Work out = work;
  out.name += ", worst run";
  out.goal = 0;
  return out;
}

}  // namespace

const char* name_of(Place place) {
  return place == Place::apart ? "apart" : place == Place::same ? "same" : "free";
}

bool measured_at(Place place) {
  return std::find(options.places.begin(), options.places.end(), place) != options.places.end();
}

int repetitions() { return options.quick ? 5 : 7; }

double seconds(double full) { return options.quick ? full / 20 : full; }

double Figures::median() const {
  std::vector<double> sorted = runs;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

std::vector<Figures> take_turns(const std::vector<Side<>>& sides) {
  std::vector<Figures> figures;
  for (auto& results : take_turns<double>(sides)) figures.push_back({results.name, results.runs});
  return figures;
}

Work Work::at(Place place) const {
  Work out = *this;
  out.name += std::string(", ") + name_of(place);
  out.worst_as_well = place == Place::free;
  return out;
}

void report(const Work& work, const Figures& twill, const std::vector<Figures>& peers) {
  print_lines(work, twill, peers, middling);
  if (work.worst_as_well) print_lines(worst_of(work), twill, peers, worst);
}

void report_best(const Work& work, const Figures& twill, const std::vector<Figures>& peers) {
  print_line(work, twill, best_of(work, peers, middling), middling);
  if (work.worst_as_well) print_line(worst_of(work), twill, best_of(work, peers, worst), worst);
}

void compare(const Work& work, const std::vector<Side<>>& sides) {
  std::vector<Figures> figures = take_turns(sides);
  const Figures twill = std::move(figures.front());
  figures.erase(figures.begin());
  report(work, twill, figures);
}

void report_limit(const Work& work, double twill, double limit) {
  const char* name = work.better == Better::less ? "limit" : "goal";
  print({current_area, work.name, work.unit, name, twill, limit,
         twill > 0 ? ratio_of(work.better, twill, limit) : 999, 1, 1});
}

void verify(bool ok, const std::string& what) {
  if (ok) return;
  std::fprintf(stderr, "twill_bench: %s\n", what.c_str());
  std::exit(1);
}

void run_area(const AreaEntry& area) {
  current_area = area.name;
  area.run();
}

void report_missed_goals() {
  for (const Row& row : rows)
    if (row.ratio < row.goal)
      std::fprintf(stderr, "below its goal of %.2f: %s | %s | %.2f (%s)\n", row.goal,
                   row.area.c_str(), row.work.c_str(), row.ratio, row.peer_name.c_str());
}

void write_json(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  verify(file != nullptr, "cannot write " + path);
  const char* separator = "[";
  for (const Row& row : rows) {
    std::fprintf(file,
                 "%s\n  {\"area\": \"%s\", \"work\": \"%s\", \"unit\": \"%s\", \"twill\": %.6g, "
                 "\"peer\": %.6g, \"peer_name\": \"%s\", \"ratio\": %.4g, \"runs\": %zu}",
                 separator, row.area.c_str(), row.work.c_str(), row.unit.c_str(), row.twill,
                 row.peer, row.peer_name.c_str(), row.ratio, row.runs);
    separator = ",";
  }
  std::fprintf(file, "%s\n]\n", rows.empty() ? "[" : "");
  verify(std::fclose(file) == 0, "cannot write " + path);
}

}  // namespace bench
