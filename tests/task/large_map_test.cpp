// Maps whose results take so much memory that it is made while the first of them are computed.

#include <cstdint>
#include <gtest/gtest.h>
#include <ranges>
#include <stdexcept>
#include <vector>

#include <twill/task/thread_pool.hpp>

namespace {

using twill::ThreadPool;

constexpr int kSize = 300'000;

TEST(LargeMapTest, all_results_are_there) {
  ThreadPool pool({.processes = 4});
  for (int round = 0; round < 20; ++round) {
    const auto answers = pool.map([round](int i) { return std::int64_t{i} * i + round; },
                                  std::views::iota(0, kSize));
    ASSERT_EQ(answers.size(), std::size_t{kSize});
    for (int i = 0; i < kSize; ++i)
      ASSERT_EQ(answers[static_cast<std::size_t>(i)], std::int64_t{i} * i + round);
  }
}

TEST(LargeMapTest, a_failure_is_thrown) {
  ThreadPool pool({.processes = 4});
  for (const int bad : {0, 70'000, kSize - 1})
    EXPECT_THROW(pool.map(
                     [bad](int i) {
                       if (i == bad) throw std::range_error("bad");
                       return i;
                     },
                     std::views::iota(0, kSize)),
                 std::range_error);
}

TEST(LargeMapTest, by_one_worker_and_within_a_task) {
  ThreadPool pool({.processes = 1});
  const auto last = pool.apply(
      [&] { return pool.map([](int i) { return i + 1; }, std::views::iota(0, kSize)).back(); });
  EXPECT_EQ(last, kSize);
}

}  // namespace
