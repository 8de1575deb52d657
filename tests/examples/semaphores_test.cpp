// Patterns of the Little Book of Semaphores.

#include <algorithm>
#include <array>

#include "examples/run_example.hpp"

namespace examples {
namespace {

TEST(SemaphoresTest, rendezvous) {
  const Lines lines = lines_of("rendezvous");
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_LT(std::max(place(lines, "a1"), place(lines, "b1")),
            std::min(place(lines, "a2"), place(lines, "b2")));
}

TEST(SemaphoresTest, turnstiles_keep_the_threads_in_step) {
  const Lines lines = lines_of("turnstiles");
  ASSERT_EQ(lines.size(), 12u);
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_TRUE(lines[i].ends_with("in round " + std::to_string(1 + i / 4))) << lines[i];
}

TEST(SemaphoresTest, readers_writers) {
  EXPECT_EQ(output_of("readers_writers"),
            "by semaphores: four readers at once, 100 pages written, 0 clashes\n"
            "by RWLock: four readers at once, 100 pages written, 0 clashes\n");
}

TEST(SemaphoresTest, no_starve_mutex) {
  EXPECT_EQ(output_of("no_starve_mutex"), "5 threads added up to 1000\n");
}

TEST(SemaphoresTest, cigarette_smokers) {
  const Lines lines = lines_of("cigarette_smokers");
  ASSERT_EQ(lines.size(), 12u);
  for (std::size_t i = 0; i < lines.size(); i += 2) {
    const auto who = std::array{"tobacco", "paper", "matches"}[i / 2 % 3];
    EXPECT_EQ(lines[i].find(who), std::string::npos);
    EXPECT_EQ(lines[i + 1], std::string("the smoker with ") + who + " smokes");
  }
}

TEST(SemaphoresTest, barbershop) {
  const Lines lines = lines_of("barbershop");
  EXPECT_EQ(count(lines, "customer [1-8] (has a haircut|finds no chair)"), 8);
  EXPECT_GE(count(lines, "customer [1-8] finds no chair"), 1);
  EXPECT_EQ(lines.back(), "0 in the shop");
}

}  // namespace
}  // namespace examples
