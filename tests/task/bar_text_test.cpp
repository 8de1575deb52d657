// Paths: with and without label, unit, total, time; at the end; too many; too few columns.

#include "task/bar_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

using namespace std::chrono_literals;
using namespace twill::detail;

const std::string kHalf = std::string(20, '#') + std::string(20, '.');

TEST(BarTextTest, for_a_log) {
  EXPECT_EQ(plain_text({.label = "frames", .done = 450, .total = 1000, .elapsed = 10s}),
            "frames  45% 450/1000, 45/s, ETA 0:13");
  EXPECT_EQ(plain_text({.done = 450, .elapsed = 10s}), "450, 45/s, 0:10");
  EXPECT_EQ(plain_text({.unit = "MB", .done = 3, .total = 4}), " 75% 3/4 MB");
}

TEST(BarTextTest, for_a_terminal) {
  EXPECT_EQ(bar_text({.label = "frames", .done = 50, .total = 100, .elapsed = 10s}, 99),
            "frames  50% [" + kHalf + "] 50/100, 5/s, ETA 0:10");
  EXPECT_EQ(bar_text({.unit = "kB", .done = 50, .total = 100, .elapsed = 10s}, 99),
            " 50% [" + kHalf + "] 50/100 kB, 5/s, ETA 0:10");
  EXPECT_EQ(bar_text({.label = "frames", .done = 50, .elapsed = 10s}, 99), "frames 50, 5/s, 0:10");
}

TEST(BarTextTest, at_the_end) {
  EXPECT_EQ(plain_text({.done = 7, .total = 7, .elapsed = 70s, .over = true}),
            "100% 7/7, 6/min, in 1:10");
  EXPECT_EQ(plain_text({.done = 3, .total = 7, .elapsed = 1s, .over = true}),
            " 42% 3/7, 3/s, in 0:01");
  EXPECT_EQ(plain_text({.done = 3, .elapsed = 1s, .over = true}), "3, 3/s, in 0:01");
  EXPECT_EQ(plain_text({.done = 0, .total = 7, .elapsed = 1s, .over = true}), "  0% 0/7, in 0:01");
}

TEST(BarTextTest, of_nothing_everything_is_done) {
  EXPECT_EQ(plain_text({.done = 0, .total = 0, .over = true}), "100% 0/0, in 0:00");
  EXPECT_EQ(bar_text({.done = 0, .total = 0}, 22), "100% [##########] 0/0");
}

TEST(BarTextTest, more_than_the_total) {
  EXPECT_EQ(plain_text({.done = 12, .total = 10, .elapsed = 1s}), "120% 12/10, 12/s");
  EXPECT_EQ(bar_text({.done = 12, .total = 10}, 24), "120% [##########] 12/10");
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(plain_text({.done = kMost - 1, .total = kMost}).substr(0, 4), " 99%");
  EXPECT_EQ(plain_text({.done = kMost, .total = 1}).substr(0, 8), "1000000%");
}

TEST(BarTextTest, rates_and_times) {
  const auto of = [](std::uint64_t done, std::chrono::seconds elapsed) {
    return plain_text({.done = done, .elapsed = elapsed});
  };
  EXPECT_EQ(of(1, 7200s), "1, 0.5/h, 2:00:00");
  EXPECT_EQ(of(1, 8s), "1, 7.5/min, 0:08");
  EXPECT_EQ(of(123'456, 100s), "123456, 1.23k/s, 1:40");
  EXPECT_EQ(of(9'999'600, 10s), "9999600, 1M/s, 0:10");
  EXPECT_EQ(of(std::numeric_limits<std::uint64_t>::max(), 1s),
            "18446744073709551615, 1.84e+04P/s, 0:01");
  EXPECT_EQ(of(0, 3661s), "0, 1:01:01");
  EXPECT_EQ(plain_text({.done = 1, .total = 1'000'000, .elapsed = 3600s}),
            "  0% 1/1000000, 1/h, ETA 41666 d");
}

TEST(BarTextTest, never_wider_than_it_may_be) {
  const BarState state{
      .label = "häuser und 漢字 \xFF", .unit = "Stück", .done = 5, .total = 9, .elapsed = 1s};
  for (std::size_t columns = 0; columns < 120; ++columns)
    EXPECT_LE(columns_of(bar_text(state, columns)), columns);
}

TEST(BarTextTest, gives_way_label_first_then_bar_then_the_end) {
  const BarState state{.label = "a label that is long", .done = 50, .total = 100, .elapsed = 10s};
  EXPECT_EQ(bar_text(state, 59), "a label that i..  50% [######.......] 50/100, 5/s, ETA 0:10");
  EXPECT_EQ(bar_text(state, 36), "a label..  50% 50/100, 5/s, ETA 0:10");
  EXPECT_EQ(bar_text(state, 20), " 50% 50/100, 5/s, ET");
}

TEST(BarTextTest, a_cut_leaves_code_points_whole) {
  EXPECT_EQ(cut("größe", 3), "grö");
  EXPECT_EQ(cut("漢字", 3), "漢");
  EXPECT_EQ(cut("\xE6\xBC", 1), "\xE6");  // what is no UTF-8 goes byte by byte
  EXPECT_EQ(columns_of("größe 漢字 \xFF\xE6"), 13u);
}

TEST(BarTextTest, nothing_that_moves_the_cursor_is_printable) {
  EXPECT_EQ(printable("a\tb\nc\r\x7F"), "a b c  ");
  EXPECT_EQ(printable("\033[1;31mred\033[0m\033[2"), "red");
}

}  // namespace
