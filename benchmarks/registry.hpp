#pragma once

#include <string>
#include <vector>

/// Between main() and the harness.
namespace bench {

struct AreaEntry {
  const char* name;
  const char* about;
  void (*run)();
};

/// All areas, by name.
const std::vector<AreaEntry>& areas();

void run_area(const AreaEntry& area);

/// To stderr, so that the lines stay lines.
void report_missed_goals();

void write_json(const std::string& path);

/// `count` hand-offs through each primitive; ends the program if one of them stalls.
void stress(unsigned long long count);

}  // namespace bench
