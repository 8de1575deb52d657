// Paths: who waits for a future, cancels it, completes it and listens to it, in every order; the
// mistakes of those who use one are found.

#include <vector>

#include <twill/task/wait.hpp>
#include <twill/thread/threading.hpp>
#include <twill/tools/atomic.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using namespace std::chrono_literals;
using twill::Atomic;
using twill::check;
using twill::Finding;
using twill::Future;
using twill::Shared;

TEST(ExploredFuturesTest, the_result_comes_after_what_was_done_for_it) {
  expect_proof([] {
    Future<int> future;
    Shared work(0, "work");
    run({[&] { check(future.result() == 1 && work == 1); },
         [&] {
           work = 1;
           future.set_result(1);
         }});
  });
}

TEST(ExploredFuturesTest, it_is_begun_or_cancelled) {
  expect_proof([] {
    Future<int> future;
    bool begun = false;
    bool cancelled = false;
    run({[&] {
           begun = future.set_running_or_notify_cancel();
           if (begun) future.set_result(1);
         },
         [&] { cancelled = future.cancel(); }});
    check(begun != cancelled);
    check(future.cancelled() == cancelled && future.done());
  });
}

TEST(ExploredFuturesTest, a_callback_runs_once) {
  expect_proof([] {
    Future<int> future;
    Atomic calls(0, "calls");
    run({[&] {
           future.add_done_callback([&](Future<int>& done) { calls.fetch_add(done.result()); });
         },
         [&] { future.set_result(1); }});
    check(calls == 1);
  });
}

TEST(ExploredFuturesTest, a_callback_comes_after_what_was_done_before_it_was_added) {
  bool ran_here[2] = {};
  expect_proof([&ran_here] {
    Future<int> future;
    Shared x(0, "x");
    run({[&] {
           const auto me = twill::current_thread();
           x = 1;
           future.add_done_callback([&](Future<int>&) {
             x = x + 1;
             ran_here[twill::current_thread() == me] = true;
           });
         },
         [&] { future.set_result(1); }});
    check(x == 2);
  });
  EXPECT_TRUE(ran_here[0] && ran_here[1]);
}

TEST(ExploredFuturesTest, a_wait_for_some_time) {
  bool seen[2] = {};
  expect_proof([&seen] {
    Future<int> future;
    run({[&] { seen[future.try_wait(1s)] = true; }, [&] { future.set_result(1); }});
  });
  EXPECT_TRUE(seen[0] && seen[1]);
}

TEST(ExploredFuturesTest, each_is_completed_once_in_either_order) {
  bool first[2] = {};
  expect_proof([&first] {
    std::vector<Future<int>> futures(2);
    std::vector<int> came;
    run({[&] {
           for (const auto& future : twill::as_completed(futures)) came.push_back(future.result());
         },
         [&] { futures[0].set_result(0); }, [&] { futures[1].set_result(1); }});
    check(came.size() == 2 && came[0] != came[1]);
    first[came[0]] = true;
  });
  EXPECT_TRUE(first[0] && first[1]);
}

TEST(ExploredFuturesTest, the_first_of_two) {
  expect_proof([] {
    std::vector<Future<int>> futures(2);
    run({[&] {
           const auto waited =
               twill::wait(futures, {.return_when = twill::ReturnWhen::first_completed});
           check(!waited.done.empty());
         },
         [&] { futures[0].set_result(0); }, [&] { futures[1].set_result(1); }});
  });
}

TEST(ExploredFuturesTest, a_result_that_nobody_sets) {
  const auto found = expect_found(Finding::deadlock, [] {
    Future<int> future;
    Atomic ready(false, "ready");
    run({[&] { future.result(); },
         [&] {
           if (ready) future.set_result(1);
         }});
  });
  EXPECT_NE(found.failure.find(" waits for Future#"), std::string::npos) << found.failure;
}

TEST(ExploredFuturesTest, two_who_set_the_result) {
  const auto found = expect_found(Finding::exception, [] {
    Future<int> future;
    const Body work = [&] {
      if (!future.done()) future.set_result(1);
    };
    run({work, work});
  });
  EXPECT_NE(found.failure.find("which has one already"), std::string::npos) << found.failure;
}

}  // namespace
}  // namespace patterns
