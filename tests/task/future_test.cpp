// Paths: every phase and who may leave it, each way to wait, callbacks, values of
// every kind, misuse.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/task/error.hpp>
#include <twill/task/future.hpp>
#include <twill/thread/excepthook.hpp>
#include <twill/thread/threading.hpp>

#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;
using twill::Future;

TEST(FutureTest, F1_pending_running_finished) {
  Future<int> future;
  EXPECT_FALSE(future.running() || future.done() || future.cancelled());
  EXPECT_TRUE(future.set_running_or_notify_cancel());
  EXPECT_TRUE(future.running());
  EXPECT_FALSE(future.done());
  future.set_result(1);
  EXPECT_FALSE(future.running());
  EXPECT_TRUE(future.done());
  EXPECT_FALSE(future.cancelled());
}

TEST(FutureTest, F1_cancelled_is_done) {
  Future<int> future;
  EXPECT_TRUE(future.cancel());
  EXPECT_TRUE(future.cancelled());
  EXPECT_TRUE(future.done());
  EXPECT_FALSE(future.running());
}

TEST(FutureTest, F2_a_result_that_does_not_come_in_time) {
  Future<int> future;
  EXPECT_THROW(future.result(0s), twill::TimeoutError);
  EXPECT_THROW(future.result(1ms), twill::TimeoutError);
  EXPECT_THROW(future.exception(1ms), twill::TimeoutError);
  EXPECT_FALSE(future.try_wait());
  EXPECT_FALSE(future.try_wait(1ms));
  EXPECT_EQ(future.try_result(1ms), std::nullopt);
}

TEST(FutureTest, F2_a_result_is_there_again_and_again) {
  Future<std::string> future;
  future.set_result(3, 'x');
  EXPECT_EQ(future.result(), "xxx");
  EXPECT_EQ(future.result(1s), "xxx");
  EXPECT_EQ(&future.result(), &future.result());
  EXPECT_EQ(future.try_result(), "xxx");
  EXPECT_EQ(future.exception(), nullptr);
  EXPECT_FALSE(future.failed());
}

TEST(FutureTest, F2_an_exception_is_thrown_by_result_and_answered_by_exception) {
  Future<int> future;
  future.set_exception(std::out_of_range("no such thing"));
  for (int i = 0; i < 2; ++i) EXPECT_THROW(future.result(), std::out_of_range);
  EXPECT_THROW(future.try_result(), std::out_of_range);
  EXPECT_THROW(std::rethrow_exception(future.exception()), std::out_of_range);
  EXPECT_TRUE(future.failed());
}

TEST(FutureTest, F2_of_a_cancelled_one_nothing_can_be_had) {
  Future<int> future;
  future.cancel();
  EXPECT_THROW(future.result(), twill::CancelledError);
  EXPECT_THROW(future.result(0s), twill::CancelledError);
  EXPECT_THROW(future.exception(), twill::CancelledError);
  EXPECT_THROW(future.try_result(), twill::CancelledError);
  EXPECT_FALSE(future.failed());
}

TEST(FutureTest, F2_who_waits_goes_on_with_the_result) {
  Future<int> future;
  std::vector<std::unique_ptr<Runner>> waiters;
  for (int i = 0; i < 3; ++i)
    waiters.push_back(std::make_unique<Runner>([future] { EXPECT_EQ(future.result(), 7); }));
  for (auto& waiter : waiters) waiter->until_blocked();
  future.set_running_or_notify_cancel();
  future.set_result(7);
  for (auto& waiter : waiters) waiter->join();
}

TEST(FutureTest, F2_who_waits_goes_on_if_it_is_cancelled) {
  Future<int> future;
  Runner waiter([future] { EXPECT_THROW(future.result(), twill::CancelledError); });
  waiter.until_blocked();
  EXPECT_TRUE(future.cancel());
  waiter.join();
}

TEST(FutureTest, F2_a_wait_can_be_stopped) {
  Future<int> future;
  std::stop_source source;
  Runner waiter([&] { EXPECT_THROW(future.result(source.get_token()), twill::CancelledError); });
  Runner polite([&] { EXPECT_FALSE(future.try_wait(1h, source.get_token())); });
  waiter.until_blocked();
  polite.until_blocked();
  source.request_stop();
  waiter.join();
  polite.join();
  EXPECT_FALSE(future.done());
}

TEST(FutureTest, F3_what_runs_or_is_finished_cannot_be_cancelled) {
  Future<int> future;
  future.set_running_or_notify_cancel();
  EXPECT_FALSE(future.cancel());
  future.set_result(1);
  EXPECT_FALSE(future.cancel());
  EXPECT_EQ(future.result(), 1);
  Future<int> other;
  EXPECT_TRUE(other.cancel());
  EXPECT_TRUE(other.cancel());
}

TEST(FutureTest, F4_is_asked_once_before_the_work) {
  Future<int> future;
  EXPECT_TRUE(future.set_running_or_notify_cancel());
  EXPECT_THROW(future.set_running_or_notify_cancel(), twill::RuntimeError);
  future.set_result(1);
  EXPECT_THROW(future.set_running_or_notify_cancel(), twill::RuntimeError);
  Future<int> cancelled;
  cancelled.cancel();
  EXPECT_FALSE(cancelled.set_running_or_notify_cancel());
  EXPECT_TRUE(cancelled.cancelled());
  EXPECT_TRUE(cancelled.cancel());
  EXPECT_THROW(cancelled.set_running_or_notify_cancel(), twill::RuntimeError);
}

TEST(FutureTest, F5_there_is_one_outcome) {
  Future<int> future;
  future.set_result(1);
  EXPECT_THROW(future.set_result(2), twill::InvalidStateError);
  EXPECT_THROW(future.set_exception(std::runtime_error("late")), twill::InvalidStateError);
  EXPECT_EQ(future.result(), 1);
  Future<int> cancelled;
  cancelled.cancel();
  EXPECT_THROW(cancelled.set_result(2), twill::InvalidStateError);
  EXPECT_TRUE(cancelled.cancelled());
  EXPECT_THROW(Future<int>().set_exception(nullptr), twill::ValueError);
}

TEST(FutureTest, F6_callbacks_run_in_their_order_where_it_is_completed) {
  Future<int> future;
  std::vector<std::string> calls;
  std::optional<std::uint64_t> where;
  for (const char* name : {"first", "second", "third"})
    future.add_done_callback([&, name](Future<int>& done) {
      calls.push_back(name + std::to_string(done.result()));
      where = twill::current_thread().ident();
    });
  EXPECT_TRUE(calls.empty());
  std::optional<std::uint64_t> completer;
  Runner([&] {
    completer = twill::current_thread().ident();
    future.set_result(5);
  }).join();
  EXPECT_EQ(calls, (std::vector<std::string>{"first5", "second5", "third5"}));
  EXPECT_EQ(where, completer);
}

TEST(FutureTest, F6_callbacks_of_what_is_done_run_at_once) {
  Future<int> future;
  future.cancel();
  bool ran = false;
  future.add_done_callback([&](const Future<int>& done) { ran = done.cancelled(); });
  EXPECT_TRUE(ran);
}

TEST(FutureTest, F6_to_cancel_runs_them_too) {
  Future<int> future;
  int calls = 0;
  future.add_done_callback([&](Future<int>&) { ++calls; });
  future.cancel();
  future.cancel();
  EXPECT_EQ(calls, 1);
}

TEST(FutureTest, F7_what_a_callback_throws_goes_to_the_excepthook) {
  std::vector<std::string> thrown;
  const auto before = twill::set_excepthook([&](const twill::ExceptHookArgs& args) {
    try {
      std::rethrow_exception(args.exc);
    } catch (const std::exception& e) {
      thrown.push_back(e.what());
    }
  });
  Future<void> future;
  bool next_ran = false;
  future.add_done_callback([](Future<void>&) { throw std::runtime_error("of the callback"); });
  future.add_done_callback([&](Future<void>&) { next_ran = true; });
  future.set_result();
  twill::set_excepthook(before);
  EXPECT_TRUE(next_ran);
  EXPECT_EQ(thrown, std::vector<std::string>{"of the callback"});
}

// What goes beyond Python.

TEST(FutureTest, values_that_only_move_and_references) {
  Future<std::unique_ptr<int>> only_moves;
  only_moves.set_result(std::make_unique<int>(3));
  EXPECT_EQ(*only_moves.result(), 3);
  const std::unique_ptr<int> mine = std::move(only_moves).result();
  EXPECT_EQ(*mine, 3);
  int there = 1;
  Future<int&> reference;
  reference.set_result(there);
  ++reference.result();
  EXPECT_EQ(there, 2);
}

TEST(FutureTest, the_last_handle_moves_the_value_out) {
  Future<std::vector<int>> future;
  future.set_result(3, 1);
  const int* const place = future.result().data();
  Future<std::vector<int>> other = future;
  EXPECT_NE(std::move(other).result().data(), place);
  {
    const Future<std::vector<int>> gone = std::move(other);
  }
  EXPECT_EQ(std::move(future).result().data(), place);
}

TEST(FutureTest, a_value_that_cannot_be_made_leaves_it_as_it_was) {
  struct Fails {
    Fails(bool fails) {
      if (fails) throw std::runtime_error("no");
    }
  };
  Future<Fails> future;
  future.set_running_or_notify_cancel();
  EXPECT_THROW(future.set_result(true), std::runtime_error);
  EXPECT_TRUE(future.running());
  future.set_result(false);
  EXPECT_TRUE(future.done());
  Future<Fails> awaited;
  Runner waiter([&] { awaited.result(); });
  waiter.until_blocked();
  EXPECT_THROW(awaited.set_result(true), std::runtime_error);
  EXPECT_FALSE(awaited.done());
  awaited.set_result(false);
  waiter.join();
  EXPECT_EQ(waiter.error(), "");
}

TEST(FutureTest, the_last_handle_may_go_while_its_end_is_told) {
  auto future = std::make_unique<Future<int>>();
  bool next_ran = false;
  future->add_done_callback([&](Future<int>&) { future.reset(); });
  future->add_done_callback([&](Future<int>& done) { next_ran = done.result() == 7; });
  future->set_result(7);
  EXPECT_TRUE(next_ran);
}

TEST(FutureTest, what_is_finished_is_so_for_whoever_was_stopped) {
  Future<int> future;
  future.set_result(1);
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(future.result(source.get_token()), 1);
  EXPECT_TRUE(future.try_wait(1h, source.get_token()));
}

TEST(FutureTest, an_exception_is_not_cut_down_to_its_base) {
  Future<int> future;
  const std::out_of_range whole("whole");
  const std::exception& base = whole;
  EXPECT_THROW(future.set_exception(base), twill::ValueError);
  EXPECT_FALSE(future.done());
}

TEST(FutureTest, handles_of_one_future_are_equal) {
  const Future<int> one;
  const Future<int> same = one;
  EXPECT_EQ(one, same);
  EXPECT_NE(one, Future<int>());
  EXPECT_EQ(one.name().substr(0, 7), "Future#");
}

TEST(FutureTest, callbacks_go_with_a_future_that_is_never_done) {
  const auto alive = std::make_shared<int>();
  {
    const Future<int> future;
    future.add_done_callback([alive](Future<int>&) {});
    EXPECT_EQ(alive.use_count(), 2);
  }
  EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
