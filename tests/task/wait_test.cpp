// Paths: wait() for all, the first, a failure, in vain, of nothing, of the same twice;
// as_completed() in the order of completion, in vain, given up half way; each can be stopped.

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <vector>

#include <twill/task/wait.hpp>

#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;
using twill::Future;
using twill::ReturnWhen;

using IntFutures = std::vector<Future<int>>;

std::vector<int> values(const IntFutures& futures) {
  std::vector<int> all;
  for (const auto& future : futures) all.push_back(future.result());
  return all;
}

TEST(WaitTest, F9_answers_who_is_done_and_who_is_not) {
  IntFutures futures(3);
  futures[1].set_result(1);
  const auto none_more = twill::wait(futures, 1ms);
  EXPECT_EQ(none_more.done, IntFutures{futures[1]});
  EXPECT_EQ(none_more.not_done, (IntFutures{futures[0], futures[2]}));
}

TEST(WaitTest, F9_waits_for_all) {
  IntFutures futures(3);
  Runner waiter([&] { EXPECT_EQ(values(twill::wait(futures).done), (std::vector{0, 1, 2})); });
  for (int i = 2; i >= 0; --i) {
    waiter.until_blocked();
    futures[static_cast<std::size_t>(i)].set_result(i);
  }
  waiter.join();
}

TEST(WaitTest, F9_waits_for_the_first) {
  IntFutures futures(3);
  Runner waiter([&] {
    const auto waited = twill::wait(futures, {.return_when = ReturnWhen::first_completed});
    EXPECT_EQ(values(waited.done), std::vector{1});
    EXPECT_EQ(waited.not_done.size(), 2u);
  });
  waiter.until_blocked();
  futures[1].set_result(1);
  waiter.join();
}

TEST(WaitTest, F9_waits_for_a_failure) {
  IntFutures futures(3);
  Runner waiter([&] {
    const auto waited = twill::wait(futures, {.return_when = ReturnWhen::first_exception});
    EXPECT_EQ(waited.done, (IntFutures{futures[0], futures[2]}));
  });
  waiter.until_blocked();
  futures[0].set_result(0);
  waiter.until_blocked();
  futures[2].set_exception(std::runtime_error("of the third"));
  waiter.join();
  futures[1].set_result(1);
  EXPECT_EQ(
      twill::wait(IntFutures{futures[1]}, {.return_when = ReturnWhen::first_exception}).done.size(),
      1u);
}

TEST(WaitTest, F9_the_same_twice_and_nothing) {
  Future<int> future;
  future.set_result(1);
  const auto waited = twill::wait(std::array{future, future, Future<int>(future)});
  EXPECT_EQ(waited.done, IntFutures{future});
  const auto nothing = twill::wait(IntFutures());
  EXPECT_TRUE(nothing.done.empty() && nothing.not_done.empty());
}

TEST(WaitTest, F9_cancelled_is_done) {
  IntFutures futures(1);
  futures[0].cancel();
  EXPECT_EQ(twill::wait(futures).done, futures);
}

TEST(WaitTest, F9_can_be_stopped) {
  const IntFutures futures(2);
  std::stop_source source;
  Runner waiter([&] {
    EXPECT_THROW(twill::wait(futures, {.stop = source.get_token()}), twill::CancelledError);
  });
  waiter.until_blocked();
  source.request_stop();
  waiter.join();
}

TEST(AsCompletedTest, F11_in_the_order_of_completion) {
  IntFutures futures(4);
  futures[2].set_result(2);
  std::vector<int> seen;
  Runner reader([&] {
    for (const auto& future : twill::as_completed(futures)) seen.push_back(future.result());
  });
  for (const std::size_t next : {3u, 0u, 1u}) {
    reader.until_blocked();
    futures[next].set_result(static_cast<int>(next));
  }
  reader.join();
  EXPECT_EQ(seen, (std::vector{2, 3, 0, 1}));
}

TEST(AsCompletedTest, F11_each_once_and_none_of_nothing) {
  Future<int> future;
  future.set_result(1);
  int times = 0;
  for (const auto& done : twill::as_completed(std::array{future, future})) times += done.result();
  for (const auto& done : twill::as_completed(IntFutures())) times += done.result();
  EXPECT_EQ(times, 1);
}

TEST(AsCompletedTest, F11_in_vain) {
  IntFutures futures(3);
  futures[1].set_result(1);
  int seen = 0;
  try {
    for (const auto& future : twill::as_completed(futures, 1ms)) seen += future.result();
    ADD_FAILURE() << "no TimeoutError";
  } catch (const twill::TimeoutError& error) {
    EXPECT_STREQ(error.what(), "2 of 3 futures are not done in time");
  }
  EXPECT_EQ(seen, 1);
}

TEST(AsCompletedTest, F11_nobody_is_lost_by_a_timeout) {
  IntFutures futures(2);
  futures[0].set_result(0);
  auto all = twill::as_completed(futures, 1ms);
  auto at = all.begin();
  EXPECT_THROW(++at, twill::TimeoutError);
  futures[1].set_result(1);
  ++at;
  EXPECT_EQ(at->result(), 1);
  ++at;
  EXPECT_EQ(at, all.end());
}

TEST(AsCompletedTest, F11_can_be_stopped) {
  const IntFutures futures(1);
  std::stop_source source;
  Runner reader([&] {
    auto all = twill::as_completed(futures, twill::Timeout::never(), source.get_token());
    EXPECT_THROW(all.begin(), twill::CancelledError);
  });
  reader.until_blocked();
  source.request_stop();
  reader.join();
}

TEST(AsCompletedTest, given_up_half_way_leaves_the_futures_alone) {
  IntFutures futures(3);
  futures[0].set_result(0);
  for (const auto& future : twill::as_completed(futures)) {
    EXPECT_EQ(future, futures[0]);
    break;
  }
  futures[1].set_result(1);
  futures[2].set_result(2);
  EXPECT_EQ(values(futures), (std::vector{0, 1, 2}));
}

}  // namespace
