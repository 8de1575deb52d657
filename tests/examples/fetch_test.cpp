// Pages over HTTP: the counts hold on every run, and more threads are not slower than one.

#include <vector>

#include "examples/run_example.hpp"
#include "support/sanitizers.hpp"

namespace examples {
namespace {

class FetchTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!TWILL_HAVE_HTTPLIB) GTEST_SKIP() << "built without cpp-httplib";
    if (support::kThreadSanitizer) GTEST_SKIP() << "cpp-httplib's library is not instrumented";
  }
};

TEST_F(FetchTest, each_page_is_fetched_by_one_thread) {
  for (const int threads : {1, 3, 6, 12}) {
    const Lines lines =
        lines_of("fetch --latency 20ms --threads " + std::to_string(threads), Clock::real);
    ASSERT_EQ(lines.size(), static_cast<std::size_t>(threads + 1));
    int pages = 0, idle = 0;
    for (int k = 1; k <= threads; ++k) {
      const std::string count_of_one =
          extract(lines[static_cast<std::size_t>(k - 1)],
                  "Thread-" + std::to_string(k) + " processed ([0-9]+) URLs\\.");
      if (count_of_one.empty()) return;
      pages += std::stoi(count_of_one);
      idle += count_of_one == "0";
    }
    EXPECT_EQ(pages, 6);
    EXPECT_GE(idle, threads - 6);
    EXPECT_EQ(count(lines, "Elapsed time: [0-9]+\\.[0-9]{2}s"), 1);
  }
}

TEST_F(FetchTest, table_shows_that_waiting_overlaps) {
  constexpr int kTrials = 5;  // a busy machine may hold one of them up
  bool overlaps = false;
  for (int trial = 0; trial < kTrials && !overlaps; ++trial) {
    const Lines lines = lines_of("fetch --latency 100ms", Clock::real);
    ASSERT_EQ(lines.size(), 5u);
    std::vector<double> seconds;
    for (std::size_t i = 1; i < lines.size(); ++i)
      seconds.push_back(std::stod(lines[i].substr(lines[i].rfind('|') + 1)));
    EXPECT_GE(seconds[0], 0.6);   // six times 100 ms on average
    EXPECT_GE(seconds[3], 0.15);  // the slowest page
    overlaps = seconds[2] < seconds[0];
  }
  EXPECT_TRUE(overlaps);
}

}  // namespace
}  // namespace examples
