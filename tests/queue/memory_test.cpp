// What queues take and give back.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <new>
#include <sys/resource.h>
#include <unistd.h>

#include <twill/queue/lifo_queue.hpp>
#include <twill/queue/priority_queue.hpp>
#include <twill/queue/queue.hpp>

#include "support/child.hpp"
#include "support/runner.hpp"
#include "support/sanitizers.hpp"

namespace {

/// Bytes of this process, by what the kernel counts.
std::int64_t bytes_of_process(const char* format) {
  long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, format, &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * sysconf(_SC_PAGESIZE);
}
std::int64_t addressed() { return bytes_of_process("%ld"); }
std::int64_t resident() { return bytes_of_process("%*d %ld"); }

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

constexpr int kNoLimit = 77;

/// For a process of its own: puts until memory is refused. 0 if that changed nothing else.
template <class Q>
int put_until_refused() {
  constexpr std::int64_t kMore = 16 << 20;
  constexpr int kTooMany = 4 * kMore / sizeof(int);
  Q q;
  int count = 0;
  for (; count < 1000; ++count) q.put(count);
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = static_cast<rlim_t>(addressed() + kMore);
  if (setrlimit(RLIMIT_AS, &limit) != 0) return kNoLimit;
  bool refused = false;
  try {
    for (; count < kTooMany; ++count) q.put(count);
  } catch (const std::bad_alloc&) {
    refused = true;
  }
  limit.rlim_cur = before;
  setrlimit(RLIMIT_AS, &limit);
  if (!refused) return kNoLimit;
  if (q.qsize() != static_cast<std::size_t>(count)) return 1;
  if (q.unfinished_tasks() != static_cast<std::size_t>(count)) return 2;
  q.put(count);
  std::int64_t sum = 0;
  while (const auto item = q.try_get()) sum += *item;
  return sum == std::int64_t{count} * (count + 1) / 2 ? 0 : 3;
}

TEST(QueueMemoryTest, a_put_that_is_refused_memory_changes_nothing) {
  if (kOwnAllocator) GTEST_SKIP() << "the sanitizer needs all the addresses";
  using Process = int();
  Process* const kinds[] = {put_until_refused<twill::Queue<int>>,
                            put_until_refused<twill::LifoQueue<int>>,
                            put_until_refused<twill::PriorityQueue<int>>};
  for (Process* const kind : kinds) {
    const auto result = support::run_in_child(kind);
    if (result.exit_code == kNoLimit) GTEST_SKIP() << "nothing limits memory here";
    EXPECT_EQ(result.exit_code, 0) << result.text;
  }
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
