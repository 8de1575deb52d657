// Paths: each kind of finding is told (what, who, where, step by step), and the command that the
// report prints leads to it again in a new process.

#include "tools/findings.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <iostream>
#include <regex>
#include <string>
#include <vector>

#include "support/shell.hpp"

namespace findings {
namespace {

struct Case {
  std::string name;
  Finding kind;
  void (*body)();
  std::vector<std::string> says;  ///< regular expressions, one a line or less, in that order
  std::uint64_t steps = 20'000;

  friend void PrintTo(const Case& of, std::ostream* out) { *out << of.name; }
};

const std::string kPlace = R"(findings\.cpp:\d+)";

const Case cases[] = {
    {"check",
     Finding::check,
     check_fails,
     {"check failed at findings.cpp:" + std::to_string(kCheckFails + 6),
      "step +main +company +ebay +balance", " 1  start company", " 2  start ebay",
      " 3 +read 10000 +10000", " 4 +read 10000 +10000", " 5 +write (9000|12000)",
      " 6 +write (9000|12000)", " 7  join company", " 8  join ebay", " 9  read (9000|12000)"}},
    {"exception",
     Finding::exception,
     throws,
     {"an exception left (ann|ben): a seat is sold twice", "step +main +ann +ben +seats",
      "read 1 +1\n", "read 1 +1\n", "update 0 +0\n", "update -1 +-1\n"}},
    {"data_race",
     Finding::data_race,
     races,
     {"data race: x is written by one at " + kPlace + " and read by two at " + kPlace +
          ", and nothing orders the two",
      "step +main +one +two +x\n", "write 1 +1\n", "read 1 +1\n"}},
    {"deadlock",
     Finding::deadlock,
     deadlocks,
     {"deadlock: nobody can go on", "main waits for one at " + kPlace,
      "one waits for b at " + kPlace + ", two holds it since " + kPlace,
      "two waits for a at " + kPlace + ", one holds it since " + kPlace, "step +main +one +two\n",
      "acquire a\n", "acquire b\n"}},
    {"lost_wakeup",
     Finding::lost_wakeup,
     loses_a_wake_up,
     {"lost wake-up: nobody can go on", "waiter waits for changed at " + kPlace,
      "\n  notifier notified changed at step 6, when nobody waited for it\n",
      "step +main +waiter +notifier +ready\n", "read false", "update true", " 6 +notify changed\n",
      "wait for changed\n"}},
    {"starvation",
     Finding::starvation,
     starves,
     {"starvation: writer waits for room at " + kPlace + " and had no turn",
      "step +main +reader a +reader b", "acquire room"},
     300},
    {"livelock",
     Finding::livelock,
     livelocks,
     {"livelock: no end after 300 steps", "Alphonse, Gaston could go on for ever",
      "step +main +Alphonse +Gaston +first", "update 1 +1\n", "update 0 +0\n"},
     300},
    {"leak",
     Finding::leak,
     leaks,
     {"the body has ended while straggler still runs: join it", "step +main\n",
      "start straggler\n"}},
};

Exploration explore_of(const Case& of) { return explore(of.body, {.steps = of.steps}); }

support::Answer run(const std::string& command) {
  return support::shell("{ " + command + "\n} 2>&1");
}

/// The first match at or after `begin`, which is put behind it.
std::string match(const std::string& text, const std::string& regex, std::size_t& begin) {
  std::smatch found;
  const auto from = text.begin() + static_cast<std::ptrdiff_t>(begin);
  if (!std::regex_search(from, text.end(), found, std::regex(regex))) return "";
  begin += static_cast<std::size_t>(found.position() + found.length());
  return found.str();
}

class FindingsTest : public testing::TestWithParam<Case> {};

TEST_P(FindingsTest, is_told) {
  const Exploration found = explore_of(GetParam());
  const std::string report = found.report();
  EXPECT_EQ(found.finding, GetParam().kind);
  EXPECT_FALSE(found);
  std::size_t at = 0;
  for (const std::string& part : GetParam().says)
    EXPECT_NE(match(report, part, at), "") << part << "\nis not in\n" << report;
  EXPECT_NE(report.find("replay: \"" + found.replay + "\"\n  " + found.command + '\n'),
            std::string::npos);
  std::cout << report;
}

TEST_P(FindingsTest, is_found_again_by_the_command_that_is_printed) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string filter = "*FindingsTest.is_told/" + GetParam().name;
  const auto first = run('\'' + self + "' '--gtest_filter=" + filter + '\'');
  if (first.status == 126) GTEST_SKIP() << "no program here starts itself: " << first.text;
  ASSERT_EQ(first.status, 0) << first.text;
  std::size_t at = 0;
  const std::string command = match(first.text, "\n  TWILL_REPLAY=.*\n", at);
  ASSERT_NE(command, "") << first.text;
  const std::string table = first.text.substr(at, first.text.find("\n[", at) - at);

  const auto again = run(command);
  EXPECT_EQ(again.status, 0) << again.text;
  EXPECT_NE(again.text.find("explored 1 run: FAILED"), std::string::npos) << again.text;
  EXPECT_NE(again.text.find(table), std::string::npos) << again.text << "\nis not\n" << first.text;
}

INSTANTIATE_TEST_SUITE_P(Findings, FindingsTest, testing::ValuesIn(cases),
                         [](const auto& test) { return test.param.name; });

TEST(NondeterminismTest, is_told_and_has_no_replay) {
  const Exploration found = explore(depends_on_the_past);
  EXPECT_EQ(found.finding, Finding::nondeterminism);
  EXPECT_EQ(found.report().substr(0, 60),
            "explored 0 runs: FAILED  the same interleaving went differen");
  EXPECT_EQ(found.replay + found.command + found.table, "");
}

}  // namespace
}  // namespace findings
