// Conditions and events, and versions of both that are made from simpler things.

#include "examples/run_example.hpp"

namespace examples {
namespace {

TEST(ConditionsTest, consumer_gets_what_the_producer_made) {
  EXPECT_EQ(output_of("condition_sketch"), "consumed an item\n");
}

const std::string kAllRight = ".*explored all [0-9]+ interleavings in .*: nothing went wrong";

TEST(ConditionsTest, condition_from_locks_passes_each_number_on_once) {
  const Lines lines = lines_of("condition_from_locks");
  EXPECT_EQ(lines.size(), 11u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(count(lines, "consumed " + std::to_string(i)), 1);
  EXPECT_EQ(count(lines, kAllRight), 1);
}

// What one of the threads printed, in order, without its name.
Lines story_of(const Lines& lines, int thread) {
  const std::string prefix = "Thread-" + std::to_string(thread) + " ";
  Lines story;
  for (const auto& line : lines)
    if (line.starts_with(prefix)) story.push_back(line.substr(prefix.size()));
  return story;
}

TEST(ConditionsTest, one_producer_many_consumers) {
  const Lines lines = lines_of("one_producer_many_consumers");
  Lines produced;
  for (int i = 0; i < 5; ++i) {
    for (const std::string& line : {std::string("acquiring lock."), "produced " + std::to_string(i),
                                    std::string("notifying."), std::string("releasing lock.")})
      produced.push_back(line);
    EXPECT_LT(place(lines, ".* produced " + std::to_string(i)),
              place(lines, ".* consumed " + std::to_string(i)));
    EXPECT_EQ(count(lines, ".* consumed " + std::to_string(i)), 1);
  }
  EXPECT_EQ(story_of(lines, 1), produced);
  for (int thread = 2; thread <= 6; ++thread) {
    const Lines story = story_of(lines, thread);
    ASSERT_GE(story.size(), 4u);
    EXPECT_EQ(story[0], "acquiring lock.");
    EXPECT_EQ(story[1], "acquired lock.");
    for (std::size_t i = 2; i + 2 < story.size(); ++i)
      EXPECT_EQ(story[i], "waiting (released lock).");
    EXPECT_EQ(story[story.size() - 2].substr(0, 9), "consumed ");
    EXPECT_EQ(story.back(), "releasing lock.");
  }
}

TEST(ConditionsTest, event_lets_all_waiters_pass_until_it_is_cleared) {
  const Lines lines = lines_of("event_usage");
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[0], "setting");
  EXPECT_EQ(sorted(Lines(lines.begin() + 1, lines.begin() + 4)),
            from_each_thread(3, "", " passed"));
  EXPECT_EQ(lines[4], "cleared");
  EXPECT_EQ(lines[5], "Thread-4 within 0.2 s: blocked");
  EXPECT_EQ(lines[6], "Thread-4 passed");
}

TEST(ConditionsTest, event_from_conditions) {
  const Lines lines = lines_of("event_from_conditions");
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0], "on your marks: 0 are running");
  EXPECT_EQ(lines[1], "shot: 5 are running");
  EXPECT_EQ(lines[2], "cleared: a late runner waits");
  EXPECT_EQ(count(lines, kAllRight), 2);
}

}  // namespace
}  // namespace examples
