#pragma once

#include <functional>
#include <string>
#include <vector>

/// Measures twill beside its peers. A library of benchmarks runs one program after the other; here
/// the two sides take turns, repetition by repetition, so that whatever else the machine does meets
/// both, and the ratio of their medians means something also on a busy machine.
namespace bench {

/// Where threads that share something run.
enum class Place {
  apart,  ///< pinned to two cores
  same,   ///< pinned to one
  free,   ///< where the scheduler puts them
};

struct Options {
  bool quick = false;  ///< --short: fewer and shorter repetitions
  std::vector<Place> places{Place::apart, Place::same, Place::free};
};

extern Options options;

const char* name_of(Place place);

/// Whether the command line wants that place.
bool measured_at(Place place);

/// How many repetitions count, after one that warms up.
int repetitions();

/// How long one repetition lasts, in seconds: `full`, or a little of it with --short.
double seconds(double full);

/// One of those who are compared; `once` runs one repetition and answers what it measured.
template <class Result = double>
struct Side {
  std::string name;
  std::function<Result()> once;
};

/// What one side reached, repetition by repetition.
struct Figures {
  std::string name;
  std::vector<double> runs;

  double median() const;
};

template <class Result>
struct Results {
  std::string name;
  std::vector<Result> runs;

  template <class Member>
  Figures figures(Member member) const {
    Figures out{name, {}};
    for (const Result& run : runs) out.runs.push_back(std::invoke(member, run));
    return out;
  }
};

/// Has every side warm up once and then lets them take turns, every other round in reverse.
template <class Result>
std::vector<Results<Result>> take_turns(const std::vector<Side<Result>>& sides) {
  std::vector<Results<Result>> results;
  for (const auto& side : sides) {
    side.once();
    results.push_back({side.name, {}});
  }
  for (int round = 0; round < repetitions(); ++round)
    for (std::size_t i = 0; i < sides.size(); ++i) {
      const std::size_t turn = round % 2 == 0 ? i : sides.size() - 1 - i;
      results[turn].runs.push_back(sides[turn].once());
    }
  return results;
}

std::vector<Figures> take_turns(const std::vector<Side<>>& sides);

enum class Better { less, more };

/// What a line is about. Ratios are such that more than 1 means that twill is better.
struct Work {
  std::string name;
  std::string unit;
  Better better = Better::less;
  double goal = 0;             ///< the ratio to the first peer that twill has to reach; 0: none
  bool worst_as_well = false;  ///< print a second line for the worst repetitions

  /// The same at a place: there, what the scheduler decides is worth its worst repetition, too.
  Work at(Place place) const;
};

/// Prints area | work | twill | peer (name) | ratio for the first peer, which is the one that goals
/// name, and for the best of the others if it beats that one.
void report(const Work& work, const Figures& twill, const std::vector<Figures>& peers);

/// One line, for the best of the peers; the goal names that.
void report_best(const Work& work, const Figures& twill, const std::vector<Figures>& peers);

/// Has the first side, twill's, and the others take turns, and reports.
void compare(const Work& work, const std::vector<Side<>>& sides);

/// A figure that has to stay under a limit, or to reach a goal if more is better.
void report_limit(const Work& work, double twill, double limit);

/// An area of ./bench, made by a static object in the area's file.
struct Area {
  Area(const char* name, const char* about, void (*run)());
};

/// Ends the program with a sentence unless `ok`: a side that does wrong work has no speed.
void verify(bool ok, const std::string& what);

}  // namespace bench
