// What queues take and give back.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <unistd.h>

#include <twill/queue/lifo_queue.hpp>
#include <twill/queue/priority_queue.hpp>
#include <twill/queue/queue.hpp>

#include "support/runner.hpp"
#include "support/sanitizers.hpp"

namespace {

/// Bytes of this process that are in memory.
std::int64_t resident() {
  long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * sysconf(_SC_PAGESIZE);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kOwnAllocator = true;
#elif defined(__has_feature)
constexpr bool kOwnAllocator = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kOwnAllocator = false;
#endif

template <class Q>
void memory_returns(std::int64_t maxsize, int burst = 10'000'000) {
  if (kOwnAllocator) GTEST_SKIP() << "the sanitizer keeps what is freed";
  Q q({.maxsize = maxsize});
  for (int i = 0; i < 100; ++i) q.put(i);
  for (int i = 0; i < 100; ++i) q.get();
  const std::int64_t before = resident();
  {
    support::Runner producer([&] {
      for (int i = 0; i < burst; ++i) q.put(i);
    });
  }
  EXPECT_GT(resident() - before, burst * std::int64_t{sizeof(int)} * 9 / 10);
  for (int i = 0; i < burst; ++i) q.get();
  EXPECT_LT(resident() - before, before / 10);
}

TEST(QueueMemoryTest, P18_memory_returns_after_a_burst) { memory_returns<twill::Queue<int>>(0); }
TEST(QueueMemoryTest, P18_memory_returns_after_a_burst_in_a_bounded_queue) {
  memory_returns<twill::Queue<int>>(20'000'000);
}
TEST(QueueMemoryTest, P18_memory_returns_after_a_burst_in_a_lifo_queue) {
  memory_returns<twill::LifoQueue<int>>(0);
}
TEST(QueueMemoryTest, P18_memory_returns_after_a_burst_in_a_priority_queue) {
  memory_returns<twill::PriorityQueue<int>>(0, 1'000'000);
}

TEST(QueueMemoryTest, an_idle_queue_is_small) {
  static_assert(sizeof(twill::Queue<int>) <= 512);
  static_assert(sizeof(twill::LifoQueue<int>) <= 512);
  static_assert(sizeof(twill::PriorityQueue<int>) <= 512);
}

TEST(QueueMemoryTest, a_huge_bound_costs_nothing) {
  twill::Queue<std::uint64_t>({.maxsize = 1})
      .put(1);  // what is read once, line tables for one, does not count
  const std::int64_t before = resident();
  twill::Queue<std::uint64_t> q({.maxsize = INT64_MAX});
  for (std::uint64_t i = 0; i < 100; ++i) q.put(i);
  EXPECT_FALSE(q.full());
  EXPECT_LT(resident() - before, 1 << 20);
}

}  // namespace
