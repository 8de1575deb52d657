// What is seen on a terminal. Paths: one bar, several, more than there are rows; a bar that ends
// before the others; print() above, whole lines and parts; many threads; a terminal that is narrow,
// dumb, stopped, gone; two terminals; fork and exit.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <termios.h>
#include <thread>

#include <twill/park/clock.hpp>
#include <twill/task/progress.hpp>
#include <twill/thread/excepthook.hpp>
#include <twill/thread/print.hpp>
#include <twill/thread/threading.hpp>

#include "support/child.hpp"
#include "support/redirected.hpp"
#include "support/terminal.hpp"

namespace {

using namespace std::chrono_literals;
using support::Lines;
using support::Redirected;
using support::Terminal;
using twill::Progress;
using twill::ProgressOptions;

class ProgressScreenTest : public testing::Test {
 protected:
  ProgressScreenTest() { setenv("TERM", "xterm", 1); }
  ~ProgressScreenTest() override {
    EXPECT_EQ(terminal_.look_at_rest().unknown(), "");
    unsetenv("TERM");
  }

  int tty() const { return terminal_.descriptor(); }
  Lines seen() { return terminal_.seen(); }
  /// twill::print() with the terminal as standard output, which is the test's own otherwise.
  void print(const char* text) {
    const Redirected out(STDOUT_FILENO, tty());
    twill::print("{}", text);
  }

  std::optional<twill::VirtualClock> clock_{std::in_place};
  Terminal terminal_;
};

TEST_F(ProgressScreenTest, is_drawn_at_once_then_when_it_is_due) {
  Progress bar({.label = "frames", .total = 4, .file = tty()});
  const Lines first{"frames   0% [" + std::string(40, '.') + "] 0/4"};
  EXPECT_EQ(seen(), first);
  bar.advance();
  EXPECT_EQ(seen(), first);
  twill::sleep(100ms);
  EXPECT_EQ(seen(), first);
  bar.advance();
  const std::string half = std::string(20, '#') + std::string(20, '.');
  EXPECT_EQ(seen(), Lines{"frames  50% [" + half + "] 2/4, 20/s, ETA 0:01"});
}

TEST_F(ProgressScreenTest, leaves_how_far_it_came_on_a_complete_line) {
  const auto fail = [&] {
    for (int n : twill::progress(std::vector{1, 2, 3, 4}, {.label = "x", .file = tty()}))
      if (n == 3) throw std::runtime_error("the third");
  };
  EXPECT_THROW(fail(), std::runtime_error);
  EXPECT_EQ(seen(), Lines{"x  50% [####################....................] 2/4, in 0:00"});
  EXPECT_EQ(terminal_.look_at_rest().row(), 1u);
}

TEST_F(ProgressScreenTest, goes_to_stderr_unless_told_otherwise) {
  {
    const Redirected err(STDERR_FILENO, tty());
    Progress bar({.label = "bar"});
  }
  EXPECT_EQ(seen(), Lines{"bar 0, in 0:00"});
}

TEST_F(ProgressScreenTest, several_stand_below_each_other_and_one_that_ends_above) {
  auto one = std::make_unique<Progress>(ProgressOptions{.label = "one", .file = tty()});
  auto two = std::make_unique<Progress>(ProgressOptions{.label = "two", .file = tty()});
  auto three = std::make_unique<Progress>(ProgressOptions{.label = "three", .file = tty()});
  EXPECT_EQ(seen(), (Lines{"one 0, 0:00", "two 0, 0:00", "three 0, 0:00"}));
  one->advance();
  two.reset();
  EXPECT_EQ(seen(), (Lines{"two 0, in 0:00", "one 1, 0:00", "three 0, 0:00"}));
  one.reset();
  three.reset();
  EXPECT_EQ(seen(), (Lines{"two 0, in 0:00", "one 1, in 0:00", "three 0, in 0:00"}));
}

TEST_F(ProgressScreenTest, print_appears_above) {
  print("before\n");
  {
    Progress bar({.label = "bar", .file = tty()});
    print("one\ntwo\n");
    EXPECT_EQ(seen(), (Lines{"before", "one", "two", "bar 0, 0:00"}));
    print("thr");
    EXPECT_EQ(seen(), (Lines{"before", "one", "two", "thr", "bar 0, 0:00"}));
    print("ee\n\033[31mred\n\033[0m");
    EXPECT_EQ(seen(), (Lines{"before", "one", "two", "three", "red", "bar 0, 0:00"}));
    print("half");
  }
  print(" and half\n");
  EXPECT_EQ(seen(),
            (Lines{"before", "one", "two", "three", "red", "bar 0, in 0:00", "half and half"}));
}

TEST_F(ProgressScreenTest, what_stdio_holds_back_appears_above) {
  Progress bar({.label = "bar", .file = tty()});
  {
    const Redirected out(STDOUT_FILENO, tty());
    std::printf("one ");
    twill::print("two\n");
    std::printf("three ");
    twill::print("four");
    twill::print("five\n");
  }
  EXPECT_EQ(seen(), (Lines{"one two", "three four", "five", "bar 0, 0:00"}));
}

TEST_F(ProgressScreenTest, an_uncaught_exception_appears_above) {
  Progress bar({.label = "bar", .file = tty()});
  const twill::Thread me = twill::current_thread();
  {
    const Redirected err(STDERR_FILENO, tty());
    twill::default_excepthook({std::make_exception_ptr(std::runtime_error("no")), me});
  }
  EXPECT_EQ(seen(),
            (Lines{"Exception in thread MainThread: std::runtime_error: no", "bar 0, 0:00"}));
}

TEST_F(ProgressScreenTest, lines_of_many_threads_stay_whole_above_bars_that_advance) {
  clock_.reset();  // as fast as the machine is
  constexpr std::size_t kLines = 300;
  std::optional<Redirected> out(std::in_place, STDOUT_FILENO, tty());
  std::optional<Progress> one(std::in_place, ProgressOptions{.label = "bar one", .file = tty()});
  std::optional<Progress> two(std::in_place, ProgressOptions{.label = "bar two", .file = tty()});
  const std::string line(30, 'x');
  std::thread all([&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (std::size_t i = 0; i < kLines; ++i) {
          twill::print("{}\n", line);
          one->advance();
          two->advance();
          const Progress brief({.label = "brief", .file = tty()});  // draws all three
        }
      });
    for (auto& thread : threads) thread.join();
    terminal_.mark();
  });
  const Lines before = terminal_.look().lines();
  all.join();
  one.reset();
  two.reset();
  const Lines lines = seen();
  out.reset();
  constexpr std::size_t kAbove = 2 * 4 * kLines;
  ASSERT_EQ(before.size(), kAbove + 2);
  EXPECT_TRUE(before[kAbove].starts_with("bar one "));
  EXPECT_TRUE(before[kAbove + 1].starts_with("bar two "));
  ASSERT_EQ(lines.size(), kAbove + 2);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), line), 4 * kLines);
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](auto& l) { return l.starts_with("brief 0, in "); }),
            4 * kLines);
  EXPECT_TRUE(lines[kAbove].starts_with("bar one 1200, "));
  EXPECT_TRUE(lines[kAbove + 1].starts_with("bar two 1200, "));
}

TEST_F(ProgressScreenTest, follows_the_width_of_the_terminal) {
  Progress bar({.label = "größe und höhe", .total = 9, .file = tty()});
  terminal_.resize(24, 35);
  twill::sleep(1s);
  bar.advance();
  EXPECT_EQ(seen(), Lines{"größe un..  11% 1/9, 1/s, ETA 0:08"});
}

TEST_F(ProgressScreenTest, never_more_lines_than_the_terminal_has) {
  terminal_.resize(3, 80);
  std::vector<std::unique_ptr<Progress>> bars;
  for (int i = 0; i < 5; ++i)
    bars.push_back(std::make_unique<Progress>(ProgressOptions{.label = "bar", .file = tty()}));
  print("above\n");
  EXPECT_EQ(seen(), (Lines{"above", "bar 0, 0:00", "bar 0, 0:00"}));
  bars.clear();
  EXPECT_EQ(seen().size(), 6u);
}

TEST_F(ProgressScreenTest, each_terminal_has_its_own) {
  Terminal other;
  Progress here({.label = "here", .file = tty()});
  {
    Progress there({.label = "there", .file = other.descriptor()});
    const Redirected out(STDOUT_FILENO, other.descriptor());
    twill::print("there\n");
  }
  EXPECT_EQ(seen(), Lines{"here 0, 0:00"});
  EXPECT_EQ(other.seen(), (Lines{"there", "there 0, in 0:00"}));
}

TEST_F(ProgressScreenTest, print_to_elsewhere_stays_plain) {
  Terminal other;
  Progress here({.label = "here", .file = tty()});
  {
    const Redirected out(STDOUT_FILENO, other.descriptor());
    twill::print("plain");
    std::printf(" and");
    twill::print(" simple\n");
  }
  EXPECT_EQ(other.seen(), Lines{"plain and simple"});
  EXPECT_EQ(other.raw(), "plain and simple\r\n");
}

TEST_F(ProgressScreenTest, a_dumb_terminal_gets_plain_lines) {
  for (const char* term : {"dumb", ""}) {
    setenv("TERM", term, 1);
    Progress({.label = "x", .total = 0, .file = tty()});
  }
  unsetenv("TERM");
  {
    Progress bar({.label = "x", .total = 0, .file = tty()});
  }
  seen();
  const std::string line = "x 100% 0/0, in 0:00\r\n";
  EXPECT_EQ(terminal_.raw(), line + line + line);
}

TEST_F(ProgressScreenTest, a_terminal_that_is_stopped_blocks_nobody) {
  const auto began = std::chrono::steady_clock::now();
  {
    Progress bar({.label = "bar", .file = tty()});
    Progress end({.label = "end", .file = tty()});
    tcflow(tty(), TCOOFF);
    for (int i = 0; i < 1000; ++i) twill::sleep(1s), bar.advance();
    tcflow(tty(), TCOON);
    twill::sleep(1s);
    bar.advance();
    EXPECT_EQ(seen(), (Lines{"bar 1001, 1/s, 16:41", "end 0, 16:41"}));
    tcflow(tty(), TCOOFF);
  }
  tcflow(tty(), TCOON);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 60s);
}

TEST_F(ProgressScreenTest, a_terminal_nobody_reads_blocks_nobody) {
  Progress bar({.label = "bar", .file = tty()});
  for (int i = 0; i < 10'000; ++i) twill::sleep(1s), bar.advance();  // 300 kB
  std::thread reader([&] { terminal_.look(); });
  for (int i = 0; i < 3; ++i) twill::sleep(1s), bar.advance(), std::this_thread::yield();
  tcdrain(tty());
  terminal_.mark();
  reader.join();
  EXPECT_EQ(terminal_.look_at_rest().lines().size(), 1u);
}

TEST_F(ProgressScreenTest, a_terminal_that_is_gone_does_not_matter) {
  Progress bar({.label = "bar", .file = tty()});
  terminal_.hang_up();
  twill::sleep(1s);
  bar.advance();
}

TEST_F(ProgressScreenTest, the_child_of_a_fork_draws_its_own_only) {
  auto bar = std::make_unique<Progress>(ProgressOptions{.label = "parent", .file = tty()});
  const Lines before = seen();
  const auto child = support::run_in_child([&] {
    twill::sleep(1s);
    bar->advance();
    bar.reset();
    return 0;
  });
  EXPECT_EQ(child.exit_code, 0) << child.text;
  EXPECT_EQ(seen(), before);
  const auto own = support::run_in_child([&] {
    print("child\n");  // in the place of the parent's bar
    Progress mine({.label = "mine", .file = tty()});
    return 0;
  });
  EXPECT_EQ(own.exit_code, 0) << own.text;
  EXPECT_EQ(seen(), (Lines{"childt 0, 0:00", "mine 0, in 0:00"}));
}

TEST_F(ProgressScreenTest, an_exit_leaves_the_lines_complete) {
  const auto child = support::run_in_child([&]() -> int {
    Progress one({.label = "one", .file = tty()});
    Progress two({.label = "two", .file = tty()});
    two.advance();
    std::exit(3);
  });
  EXPECT_EQ(child.exit_code, 3) << child.text;
  EXPECT_EQ(seen(), (Lines{"one 0, in 0:00", "two 1, in 0:00"}));
  EXPECT_EQ(terminal_.look_at_rest().row(), 2u);
}

}  // namespace
