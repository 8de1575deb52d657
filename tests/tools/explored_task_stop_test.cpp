// Paths: stop is requested by another thread at every moment of a call: through its future, its
// submitter's token and the end of its pool.

#include <memory>
#include <stop_token>

#include <twill/platform/error.hpp>
#include <twill/sync/semaphore.hpp>
#include <twill/task/thread_pool_executor.hpp>
#include <twill/thread/thread.hpp>
#include <twill/tools/explore.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::check;
using twill::Future;
using twill::ThreadPoolExecutor;

/// `stop` is called by another thread for a call that waits for ever otherwise.
template <class Stop>
void stop_at_any_moment(Stop stop) {
  bool seen[2] = {};
  expect_silence([stop, &seen] {
    const auto source = std::make_unique<std::stop_source>();
    twill::Semaphore never(0);
    bool begun = false;
    bool left = false;
    ThreadPoolExecutor pool({.max_workers = 1});
    Future<void> future =
        pool.submit({.stop = source->get_token()}, [&](const std::stop_token& token) {
          begun = true;
          never.acquire(token);
        });
    twill::Thread stopper([&] { stop(pool, *source, future); });
    stopper.start();
    try {
      future.result();
    } catch (const twill::CancelledError&) {
      left = true;
    }
    stopper.join();
    check(left && begun == !future.cancelled());
    seen[begun] = true;
  });
  EXPECT_TRUE(seen[0] && seen[1]);
}

TEST(ExploredTaskStopTest, by_its_future) {
  stop_at_any_moment([](auto&, auto&, Future<void>& future) { check(future.request_stop()); });
}

TEST(ExploredTaskStopTest, by_the_submitters_token) {
  stop_at_any_moment([](auto&, std::stop_source& source, auto&) { source.request_stop(); });
}

TEST(ExploredTaskStopTest, by_the_end_of_the_pool) {
  stop_at_any_moment([](ThreadPoolExecutor& pool, auto&, auto&) {
    pool.shutdown({.wait = false, .cancel_futures = true});
  });
}

TEST(ExploredTaskStopTest, while_there_is_no_room) {
  expect_silence(
      [] {
        const auto source = std::make_unique<std::stop_source>();
        twill::Semaphore go(0);
        int ran = 0;
        ThreadPoolExecutor pool({.max_workers = 1, .max_in_flight = 1});
        const auto first = pool.submit([&] { go.acquire(); });
        twill::Thread stopper([&] {
          source->request_stop();
          go.release();
        });
        stopper.start();
        const auto second = pool.submit({.stop = source->get_token()}, [&] { ++ran; });
        first.result();
        stopper.join();
        check(second.try_wait(twill::Timeout::never()));
        check(ran == (second.cancelled() ? 0 : 1));
      },
      {.runs = 3'000});
}

}  // namespace
}  // namespace patterns
