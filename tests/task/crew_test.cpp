// What a crew tells of itself, and what becomes of its groups where it is broken, or not there.

#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/error.hpp>
#include <twill/task/task_group.hpp>
#include <twill/task/thread_pool_executor.hpp>

#include "support/child.hpp"
#include "task/crew_state.hpp"

namespace {

using Executor = twill::ThreadPoolExecutor;

twill::detail::CrewReport report_of(Executor& executor) { return executor.crew().state().report(); }

/// A worker that waits, until this is destroyed.
struct Busy {
  explicit Busy(Executor& executor) {
    call = executor.submit([this] {
      begun.set();
      go.wait();
    });
    begun.wait();
  }
  ~Busy() {
    go.set();
    call.result();
  }
  twill::Event begun;
  twill::Event go;
  twill::Future<void> call;
};

TEST(CrewReportTest, counts_what_is_queued_and_what_was_begun) {
  Executor executor({.max_workers = 1});
  const Busy busy(executor);
  const std::uint64_t before = report_of(executor).begun;
  std::vector<twill::Future<void>> queued;
  for (int i = 0; i < 3; ++i) queued.push_back(executor.submit([] {}));
  twill::TaskGroup group(executor);
  for (int i = 0; i < 4; ++i) group.run([] {});
  EXPECT_EQ(report_of(executor).queued, 7U);
  EXPECT_EQ(report_of(executor).begun, before);
  group.wait();  // which does them itself
  EXPECT_EQ(report_of(executor).queued, 3U);
  EXPECT_EQ(report_of(executor).begun, before + 4);
}

TEST(CrewReportTest, counts_calls_that_a_worker_makes_at_once) {
  Executor executor({.max_workers = 1, .max_in_flight = 1});
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  const void* site_before = nullptr;
  const void* site_after = nullptr;
  executor
      .submit([&] {
        const auto report = report_of(executor);
        before = report.begun;
        site_before = report.workers[0].site;
        executor.submit([] {}).result();
        after = report_of(executor).begun;
        site_after = report_of(executor).workers[0].site;
      })
      .result();
  EXPECT_EQ(after, before + 1);
  EXPECT_EQ(site_after, site_before) << "the outer call goes on";
}

TEST(CrewReportTest, says_which_workers_are_idle) {
  Executor executor({.max_workers = 1});
  executor.submit([] {}).result();
  while (!report_of(executor).workers.at(0).is_idle) std::this_thread::yield();
  const Busy busy(executor);
  EXPECT_FALSE(report_of(executor).workers.at(0).is_idle);
}

TEST(CrewTest, groups_of_a_broken_pool_end) {
  twill::Event go;
  Executor executor(
      {.max_workers = 1, .initializer = [&] { go.wait(), throw std::runtime_error("no tool"); }});
  auto call = executor.submit([] {});
  twill::TaskGroup group(executor);
  int done = 0;
  group.run([&] { ++done; });
  go.set();
  EXPECT_THROW(call.result(), twill::BrokenThreadPool);
  try {  // by the worker's last breath, or by its own thread
    group.wait();
    EXPECT_EQ(done, 1);
  } catch (const twill::BrokenThreadPool&) {
    EXPECT_EQ(done, 0);
  }
}

TEST(CrewTest, groups_of_the_parent_are_refused_in_the_child_of_a_fork) {
  if (support::kThreadSanitizer) GTEST_SKIP() << "the worker may hold a lock of its as we fork";
  Executor executor({.max_workers = 1});
  const Busy busy(executor);
  const auto child = support::run_in_child([&] {
    twill::TaskGroup group(executor);
    try {
      group.run([] {});
    } catch (const twill::RuntimeError&) {
      return 6;
    }
    return 1;
  });
  EXPECT_EQ(child.exit_code, 6) << child.text;
}

}  // namespace
