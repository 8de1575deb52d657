// Paths: two submitters and room for one; the end of a full pool in every way; a worker that
// submits to its own full pool, with stack for the call and without; one that waits for what never
// gives it room.

#include <array>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/thread/thread.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::check;
using twill::Finding;
using twill::Shared;
using twill::ThreadPool;
using twill::ThreadPoolExecutor;

TEST(ExploredPoolBoundTest, two_submitters_and_room_for_one) {
  expect_silence(
      [] {
        int ran = 0;  // by one worker
        {
          ThreadPoolExecutor pool({.max_workers = 1, .max_in_flight = 1});
          const auto submits = [&] { pool.submit([&] { ++ran; }); };
          twill::Thread other(submits);
          other.start();
          submits();
          other.join();
        }
        check(ran == 2);
      },
      {.runs = 3'000});
}

TEST(ExploredPoolBoundTest, no_more_than_one_at_a_time) {
  expect_silence(
      [] {
        ThreadPoolExecutor pool({.max_workers = 2, .max_in_flight = 1});
        Shared running(0, "running");
        for (int i = 0; i < 3; ++i)
          pool.submit([&] {
            check(running == 0);
            running = 1;
            running = 0;
          });
      },
      {.runs = 3'000});
}

TEST(ExploredPoolBoundTest, a_full_pool_is_shut_down) {
  expect_silence(
      [] {
        int ran = 0;
        int accepted = 0;
        {
          ThreadPoolExecutor pool({.max_workers = 1, .max_in_flight = 1});
          twill::Thread submitter([&] {
            try {
              for (int i = 0; i < 2; ++i) pool.submit([&] { ++ran; }), ++accepted;
            } catch (const twill::RuntimeError&) {
            }
          });
          submitter.start();
          pool.shutdown();
          submitter.join();
        }
        check(ran == accepted);
      },
      {.runs = 3'000});
}

/// A pool ends while a thread asks for two calls and there is room for one.
struct Ending {
  int refused = 0;
  int ran = 0;
  int dropped = 0;
};
template <class End>
Ending end_while_calls_come(const End& end) {
  Ending ending;
  std::vector<twill::AsyncResult<void>> results;
  ThreadPool pool({.processes = 1, .max_in_flight = 1});
  twill::Thread submitter([&] {
    try {
      for (int i = 0; i < 2; ++i) results.push_back(pool.apply_async([&] { ++ending.ran; }));
    } catch (const twill::ValueError&) {
      ++ending.refused;
    }
  });
  submitter.start();
  end(pool);
  submitter.join();
  pool.join();
  for (const auto& each : results) {
    check(each.ready());
    if (!each.successful()) ++ending.dropped;
  }
  check(ending.ran + ending.dropped == static_cast<int>(results.size()));
  check(ending.ran + ending.dropped == 2 || ending.refused == 1);
  return ending;
}

TEST(ExploredPoolBoundTest, a_full_pool_is_closed) {
  bool refused[2] = {};
  const auto found = expect_silence(
      [&refused] {
        const Ending ending = end_while_calls_come([](ThreadPool& pool) { pool.close(); });
        check(ending.dropped == 0);
        refused[ending.refused] = true;
      },
      {.runs = 3'000});
  EXPECT_GE(found.executions, 150u);
  EXPECT_TRUE(support::kThreadSanitizer || (refused[0] && refused[1]));
}

TEST(ExploredPoolBoundTest, a_full_pool_is_terminated) {
  bool refused[2] = {};
  bool dropped[3] = {};
  bool ran[3] = {};
  const auto found = expect_silence(
      [&] {
        const Ending ending = end_while_calls_come([](ThreadPool& pool) { pool.terminate(); });
        refused[ending.refused] = dropped[ending.dropped] = ran[ending.ran] = true;
      },
      {.runs = 3'000});
  EXPECT_GE(found.executions, 150u);
  EXPECT_TRUE(support::kThreadSanitizer ||
              (refused[0] && refused[1] && dropped[0] && dropped[1] && ran[0] && ran[2]));
}

TEST(ExploredPoolBoundTest, a_task_submits_another_one) {
  expect_silence(
      [] {
        ThreadPoolExecutor pool({.max_workers = 1, .max_in_flight = 1});
        const auto outer = pool.submit([&] { return 1 + pool.submit([] { return 1; }).result(); });
        const auto next = pool.submit([] { return 3; });
        check(outer.result() == 2 && next.result() == 3);
      },
      {.runs = 3'000});
}

TEST(ExploredPoolBoundTest, tasks_too_deep_for_one_stack) {
  expect_silence(
      [] {
        ThreadPoolExecutor pool({.max_workers = 1, .max_in_flight = 1});
        const auto with_a_big_frame = [&pool](const auto& self, int depth) -> int {
          std::array<volatile char, 12 * 1024> frame;
          frame[0] = 1;
          return depth == 0 ? 0 : frame[0] + pool.submit(self, self, depth - 1).result();
        };
        check(pool.submit(with_a_big_frame, with_a_big_frame, 4).result() == 4);
      },
      {.runs = 1'000});
}

TEST(ExploredPoolBoundTest, a_lazy_map_with_a_larger_buffer) {
  expect_silence(
      [] {
        twill::ThreadPool pool({.processes = 1, .max_in_flight = 1});
        int sum = 0;
        for (const int n : pool.imap([](int m) { return m; }, std::array{1, 2, 3})) sum += n;
        check(sum == 6);
      },
      {.runs = 2'000});
}

TEST(ExploredPoolBoundTest, room_that_never_comes) {
  expect_found(Finding::deadlock, [] {
    twill::Event go;
    ThreadPoolExecutor pool({.max_workers = 1, .max_in_flight = 1});
    pool.submit([&] { go.wait(); });
    pool.submit([] {});
    go.set();
  });
}

}  // namespace
}  // namespace patterns
