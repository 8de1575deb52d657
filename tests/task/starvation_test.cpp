// The starvation watch: what it says of pools whose workers wait, and that it says nothing of those
// that go on.

#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

#include <twill/park/clock.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/task/starvation.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/thread/threading.hpp>

#include "support/child.hpp"
#include "support/sanitizers.hpp"
#include "task/stall.hpp"

namespace {

using namespace std::chrono_literals;
using twill::detail::Stall;

TEST(StallTest, is_told_once_if_nothing_is_begun) {
  Stall stall;
  EXPECT_FALSE(stall.look(5, true, 100, 50));
  EXPECT_FALSE(stall.look(5, true, 149, 50));
  EXPECT_TRUE(stall.look(5, true, 150, 50));
  EXPECT_FALSE(stall.look(5, true, 1'000, 50)) << "that was told";
  EXPECT_FALSE(stall.look(6, true, 1'001, 50));
  EXPECT_TRUE(stall.look(6, true, 1'051, 50)) << "another one";
}

TEST(StallTest, is_none_where_nothing_is_queued_or_work_goes_on) {
  Stall stall;
  for (std::int64_t now = 0; now < 1'000; now += 10) {
    EXPECT_FALSE(stall.look(5, false, now, 50)) << "nothing is queued";
  }
  EXPECT_FALSE(stall.look(5, true, 1'000, 50)) << "from now on it waits";
  EXPECT_FALSE(stall.look(5, true, 1'049, 50));
  for (std::int64_t now = 1'050; now < 2'000; now += 49)
    EXPECT_FALSE(stall.look(static_cast<std::uint64_t>(now), true, now, 50)) << "a flood";
}

/// While it lives pools are watched.
struct Watch {
  explicit Watch(twill::Timeout after) { twill::set_starvation_watch(after); }
  ~Watch() { twill::set_starvation_watch(0s); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
};

/// Waits until `text` is on stderr so often; answers all that was there.
std::string captured(const std::string& text, int times) {
  std::string all;
  twill::Event never;
  for (int i = 0; i < 600; ++i) {
    all += testing::internal::GetCapturedStderr();
    testing::internal::CaptureStderr();
    std::size_t at = 0;
    int seen = 0;
    while ((at = all.find(text, at)) != all.npos) ++seen, ++at;
    if (seen >= times) break;
    static_cast<void>(never.wait(50ms));
  }
  return all;
}

TEST(StarvationTest, names_what_workers_wait_for) {
  testing::internal::CaptureStderr();
  twill::Event event({.name = "never in time"});
  std::string told;
  {
    const Watch watch(20ms);
    twill::ThreadPool pool({.processes = 2, .name = "starved"});
    std::vector<twill::AsyncResult<void>> calls;
    for (int i = 0; i < 3; ++i) calls.push_back(pool.apply_async([&] { event.wait(); }));
    told = captured("starved_1", 1);
    event.set();
    pool.close();
    pool.join();
  }
  told += testing::internal::GetCapturedStderr();
  EXPECT_NE(
      told.find("twill: starvation: starved has a call queued, and has begun none for 0.02 s"),
      told.npos)
      << told;
  EXPECT_NE(told.find("starved_0 runs the call that was submitted at starvation_test.cpp:"),
            told.npos)
      << told;
  EXPECT_NE(told.find("and waits for Event 'never in time'"), told.npos) << told;
}

TEST(StarvationTest, each_standstill_is_told) {
  testing::internal::CaptureStderr();
  std::string told;
  {
    const Watch watch(20ms);
    twill::ThreadPool pool({.processes = 1, .name = "again"});
    for (int round = 0; round < 2; ++round) {
      twill::Event event({.name = "the same"});
      pool.apply_async([&] { event.wait(); });
      auto last = pool.apply_async([] {});
      told += captured("again has a call queued", 1);
      event.set();
      last.get();
    }
  }
  testing::internal::GetCapturedStderr();
  const auto first = told.find("again has a call queued");
  ASSERT_NE(first, told.npos) << told;
  EXPECT_NE(told.find("again has a call queued", first + 1), told.npos) << told;
}

TEST(StarvationTest, says_nothing_of_a_flood) {
  testing::internal::CaptureStderr();
  {
    const Watch watch(5s);
    twill::ThreadPoolExecutor executor({.max_workers = 1});
    const auto end = twill::now() + 1s;
    while (twill::now() < end)
      for (int i = 0; i < 1'000; ++i) executor.submit([] {});
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(StarvationTest, setting_is_answered) {
  EXPECT_EQ(twill::starvation_watch(), 0s);
  EXPECT_EQ(twill::set_starvation_watch(10s), 0s);
  EXPECT_EQ(twill::starvation_watch(), 10s);
  EXPECT_EQ(twill::set_starvation_watch(0s), 10s);
}

void wait_for_ever() {
  twill::ThreadPool pool({.processes = 1, .name = "pool"});
  twill::Event event;
  pool.apply_async([&] { event.wait(); });
  pool.apply_async([] {});
  pool.close();
  try {
    pool.join();
  } catch (const twill::DeadlockError& error) {
    std::fputs(error.what(), stderr);
    std::_Exit(4);
  }
}

TEST(StarvationDeathTest, a_watch_that_looks_often_hides_no_standstill) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "a thread that twill does not know runs here";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        twill::set_starvation_watch(4ms);
        wait_for_ever();
      },
      testing::ExitedWithCode(4), "every thread of the process waits");
}

TEST(StarvationDeathTest, the_child_of_a_fork_watches_its_own_pools) {
  if (!support::kThreadsAfterFork) GTEST_SKIP() << "the sanitizer's locks do not survive a fork";
  const Watch watch(20ms);
  twill::ThreadPool pool({.processes = 1, .name = "parents"});
  pool.apply([] {});
  const auto child = support::run_in_child([] {
    testing::internal::CaptureStderr();
    twill::ThreadPool own({.processes = 1, .name = "childs"});
    twill::Event event;
    own.apply_async([&] { event.wait(); });
    auto last = own.apply_async([] {});
    const std::string told = captured("childs has a call queued", 1);
    event.set();
    last.get();
    if (told.find("childs has a call queued") == told.npos) return 1;
    return told.find("parents") == told.npos ? 6 : 2;
  });
  EXPECT_EQ(child.exit_code, 6) << child.text;
}

TEST(StarvationDeathTest, the_watch_hides_no_standstill) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "a thread that twill does not know runs here";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        twill::set_starvation_watch(3600s);
        wait_for_ever();
      },
      testing::ExitedWithCode(4), "every thread of the process waits");
}

}  // namespace
