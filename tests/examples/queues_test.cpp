// Queues between threads.

#include "examples/run_example.hpp"

namespace examples {
namespace {

TEST(QueuesTest, squares) {
  const Lines lines = lines_of("squares");
  EXPECT_EQ(lines.size(), 6u);
  for (int n = 1; n <= 6; ++n)
    EXPECT_EQ(
        count(lines, "Thread-[12]: " + std::to_string(n) + " squared is " + std::to_string(n * n)),
        1);
}

TEST(QueuesTest, bounded_queue) {
  const Lines lines = lines_of("bounded_queue");
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0], "2.0 s  Empty");
  EXPECT_EQ(lines[1], "3.0 s  10 items, full: true");
  EXPECT_EQ(count(lines, "3\\.0 s  got 1"), 1);
  EXPECT_EQ(count(lines, "3\\.0 s  the 11th put is through"), 1);
  EXPECT_EQ(lines[4], "10 items");
}

TEST(QueuesTest, other_orders) {
  EXPECT_EQ(output_of("other_orders"), "third\nsecond\nfirst\n1: wake up\n2: work\n3: sleep\n");
}

TEST(QueuesTest, alphabet) {
  Lines expected;
  for (int number = 'a'; number <= 'z'; ++number) expected.push_back(std::to_string(number));
  EXPECT_EQ(sorted(lines_of("alphabet")), sorted(expected));
}

}  // namespace
}  // namespace examples
