// What all pools have in common, of threads and of processes: the same calls, the same answers.

#include <gtest/gtest.h>

#include <forward_list>
#include <functional>
#include <list>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <twill/mp/pool.hpp>
#include <twill/platform/error.hpp>
#include <twill/task/executor.hpp>
#include <twill/task/thread_pool.hpp>

#include "mp/start_methods.hpp"
#include "support/gate.hpp"
#include "support/numbers.hpp"

namespace {

using namespace std::chrono_literals;
using support::Gate;
using support::square;
using support::squares_up_to;
using support::up_to;
using twill::Callbacks;

template <class P>
class AnyPoolTest : public start_methods::Test {};

struct Names {
  template <class P>
  static std::string GetName(int) {
    return std::is_same_v<P, twill::ThreadPool> ? "threads" : "processes";
  }
};
using Pools = testing::Types<twill::ThreadPool, twill::mp::Pool>;
TYPED_TEST_SUITE(AnyPoolTest, Pools, Names);

static_assert(twill::Executor<twill::mp::Pool>);

int minus(int a, int b) { return a - b; }
int slow_square(const std::string& gate, int n) {
  Gate::wait(gate);
  return n * n;
}

TYPED_TEST(AnyPoolTest, PL1_there_is_a_worker_at_least) {
  EXPECT_THROW(TypeParam({.processes = 0}), twill::ValueError);
  EXPECT_THROW(TypeParam({.processes = -3}), twill::ValueError);
  EXPECT_THROW(TypeParam({.processes = 1, .max_in_flight = 0}), twill::ValueError);
  EXPECT_EQ(TypeParam().apply(square, 3), 9);
}

TYPED_TEST(AnyPoolTest, PL2_apply_answers_or_throws) {
  TypeParam pool({.processes = 2});
  EXPECT_EQ(pool.apply(minus, 5, 3), 2);
  EXPECT_EQ(pool.apply([](const std::string& a, std::string b) { return a + b; }, std::string("to"),
                       std::string("gether")),
            "together");
  EXPECT_THROW(pool.apply([] { throw std::out_of_range("x"); }), std::out_of_range);
  pool.apply([] {});
}

TYPED_TEST(AnyPoolTest, PL3_map_is_in_order) {
  TypeParam pool({.processes = 3});
  EXPECT_EQ(pool.map(square, up_to(10'000)), squares_up_to(10'000));
  EXPECT_EQ(pool.map(square, std::vector<int>()), std::vector<int>());
  const std::vector<std::tuple<int, int>> pairs{{5, 3}, {3, 5}};
  EXPECT_EQ(pool.starmap(minus, pairs), (std::vector{2, -2}));
  pool.map([](int) {}, up_to(100));
}

TYPED_TEST(AnyPoolTest, PL3_map_takes_any_range) {
  TypeParam pool({.processes = 2});
  const std::vector<int> expected = squares_up_to(100);
  const std::vector<int> all = up_to(100);
  EXPECT_EQ(pool.map(square, std::views::iota(0, 100)), expected);
  EXPECT_EQ(pool.map(square, std::list(all.begin(), all.end())), expected);
  EXPECT_EQ(pool.map(square, std::forward_list(all.begin(), all.end())), expected);
  std::stringstream stream;
  for (const int n : all) stream << n << ' ';
  EXPECT_EQ(pool.map(square, std::views::istream<int>(stream)), expected);
  std::vector<std::string> words{"a", "", std::string(300'000, 'x'), "b"};
  EXPECT_EQ(pool.map([](const std::string& word) { return word.size(); }, words),
            (std::vector<std::size_t>{1, 0, 300'000, 1}));
}

TYPED_TEST(AnyPoolTest, results_of_every_kind) {
  TypeParam pool({.processes = 2});
  const std::vector<bool> odd = pool.map([](int n) { return n % 2 != 0; }, up_to(1'000));
  for (std::size_t i = 0; i < odd.size(); ++i) EXPECT_EQ(odd[i], i % 2 != 0);
  const auto lines = pool.map([](int n) { return std::string(static_cast<std::size_t>(n), 'x'); },
                              std::vector{0, 1, 500'000, 2, 200'000, 3});
  EXPECT_EQ(lines[2].size(), 500'000u);
  EXPECT_EQ(lines[4].size(), 200'000u);
  EXPECT_EQ(lines[5], "xxx");
  const auto owned = pool.map([](int n) { return std::make_unique<int>(n); }, up_to(50));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(*owned[static_cast<std::size_t>(i)], i);
}

TYPED_TEST(AnyPoolTest, PL5_the_first_failure_in_order) {
  TypeParam pool({.processes = 2});
  const auto fail = [](int n) {
    if (n == 70) throw std::out_of_range("70");
    if (n == 30) throw std::runtime_error("30");
    return n;
  };
  try {
    pool.map(fail, up_to(100));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::runtime_error& first) {
    EXPECT_STREQ(first.what(), "30");
  }
}

TYPED_TEST(AnyPoolTest, PL7_lazy_maps) {
  TypeParam pool({.processes = 2});
  std::vector<int> results;
  for (const int n : pool.imap(square, up_to(100))) results.push_back(n);
  EXPECT_EQ(results, squares_up_to(100));
  for (const int n : pool.imap(square, std::views::iota(0)))
    if (n > 100) break;
  results.clear();
  for (const int n : pool.imap_unordered(square, up_to(100))) results.push_back(n);
  std::ranges::sort(results);
  EXPECT_EQ(results, squares_up_to(100));
  EXPECT_THROW(pool.imap(square, up_to(3), {.buffer_size = 0}), twill::ValueError);
}

TYPED_TEST(AnyPoolTest, PL11_PL12_PL13_asynchronous_calls) {
  const Gate gate;
  TypeParam pool({.processes = 2});
  const auto late = pool.apply_async(slow_square, gate.path(), 5);
  EXPECT_FALSE(late.ready());
  EXPECT_FALSE(late.wait(1ms));
  EXPECT_THROW(late.get(1ms), twill::TimeoutError);
  EXPECT_THROW(late.successful(), twill::ValueError);
  gate.open();
  EXPECT_EQ(late.get(), 25);
  EXPECT_EQ(late.get(1s), 25);
  EXPECT_TRUE(late.successful());
  const auto failed = pool.apply_async([]() -> int { throw std::out_of_range("x"); });
  EXPECT_TRUE(failed.wait());
  EXPECT_FALSE(failed.successful());
  EXPECT_THROW(failed.get(), std::out_of_range);
  EXPECT_THROW(failed.get(), std::out_of_range);
  EXPECT_EQ(pool.map_async(square, up_to(100)).get(), squares_up_to(100));
  EXPECT_EQ(pool.starmap_async(minus, std::vector{std::pair(3, 2)}).get(), std::vector{1});
}

TYPED_TEST(AnyPoolTest, PL14_callbacks_come_before_the_result) {
  TypeParam pool({.processes = 2});
  int results = 0;
  int errors = 0;
  const Callbacks both{.callback = [&](int n) { results += n; },
                       .error_callback = [&](const std::exception_ptr&) { ++errors; }};
  EXPECT_EQ(pool.apply_async(both, square, 3).get(), 9);
  EXPECT_EQ(results, 9);
  const auto fail = [](int n) { return n > 0 ? throw std::runtime_error("x") : n; };
  EXPECT_THROW(pool.apply_async(both, fail, 3).get(), std::runtime_error);
  EXPECT_EQ(errors, 1);
  EXPECT_EQ(results, 9);
  std::size_t length = 0;
  pool.map_async(Callbacks{.callback = [&](const std::vector<int>& all) { length += all.size(); }},
                 square, up_to(10))
      .get();
  EXPECT_EQ(length, 10u);
}

TYPED_TEST(AnyPoolTest, PL16_map_async_of_nothing) {
  TypeParam pool({.processes = 1});
  bool called = false;
  const auto nothing = pool.map_async(Callbacks{.callback = [&](const auto&) { called = true; }},
                                      square, std::vector<int>());
  EXPECT_TRUE(nothing.ready());
  EXPECT_TRUE(nothing.successful());
  EXPECT_TRUE(nothing.get().empty());
  EXPECT_FALSE(called);
}

TYPED_TEST(AnyPoolTest, PL18_closed_pools_finish_their_work) {
  TypeParam pool({.processes = 2});
  EXPECT_THROW(pool.join(), twill::ValueError);
  std::vector<twill::AsyncResult<int>> results;
  for (int i = 0; i < 100; ++i) results.push_back(pool.apply_async(square, i));
  pool.close();
  pool.close();
  EXPECT_THROW(pool.apply(square, 1), twill::ValueError);
  EXPECT_THROW(pool.map(square, up_to(3)), twill::ValueError);
  EXPECT_THROW(pool.map_async(square, up_to(0)), twill::ValueError);
  EXPECT_THROW(pool.imap(square, up_to(3)), twill::ValueError);
  pool.join();
  pool.join();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(results[static_cast<std::size_t>(i)].ready());
    EXPECT_EQ(results[static_cast<std::size_t>(i)].get(), i * i);
  }
}

TYPED_TEST(AnyPoolTest, PL19_terminate_cancels_what_has_not_begun) {
  const Gate begun;
  const Gate go;
  TypeParam pool({.processes = 1});
  const auto first = pool.apply_async(
      [](const std::string& there, const std::string& gate) {
        Gate::open(there);
        Gate::wait(gate);
      },
      begun.path(), go.path());
  const auto second = pool.apply_async(square, 2);
  Gate::wait(begun.path());
  pool.terminate();
  pool.terminate();
  EXPECT_THROW(second.get(), twill::CancelledError);
  go.open();
  pool.join();
  EXPECT_TRUE(first.ready());
}

TYPED_TEST(AnyPoolTest, the_scope_waits) {
  std::vector<twill::AsyncResult<int>> results;
  {
    TypeParam pool({.processes = 2});
    for (int i = 0; i < 100; ++i) results.push_back(pool.apply_async(square, i));
  }
  for (const auto& each : results) EXPECT_TRUE(each.successful());
}

TYPED_TEST(AnyPoolTest, no_more_than_so_many_run_at_once) {
  const Gate gate;
  TypeParam pool({.processes = 2});
  std::vector<twill::AsyncResult<int>> results;
  for (int i = 0; i < 3; ++i) results.push_back(pool.apply_async(slow_square, gate.path(), i));
  EXPECT_FALSE(results[2].wait(20ms));
  gate.open();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)].get(), i * i);
}

TYPED_TEST(AnyPoolTest, P4_a_full_pool_takes_no_more) {
  const Gate gate;
  TypeParam pool({.processes = 1, .max_in_flight = 2});
  const auto first = pool.submit(slow_square, gate.path(), 1);
  const auto second = pool.submit(slow_square, gate.path(), 2);
  EXPECT_THROW(pool.submit({.timeout = 1ms}, square, 3), twill::TimeoutError);
  gate.open();
  EXPECT_EQ(pool.submit(square, 3).result(), 9);
}

TYPED_TEST(AnyPoolTest, a_map_ends_with_its_time) {
  const Gate gate;
  TypeParam pool({.processes = 1});
  const auto opened = pool.apply_async([] {});
  opened.get();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(pool.map({.stop = stop.get_token()}, square, up_to(10)), twill::CancelledError);
  EXPECT_THROW(pool.map({.timeout = 0s}, square, up_to(10)), twill::TimeoutError);
}

TYPED_TEST(AnyPoolTest, a_cancelled_call_never_runs) {
  const Gate gate;
  const Gate touched;
  TypeParam pool({.processes = 1});
  const auto first = pool.submit(slow_square, gate.path(), 1);
  auto second = pool.submit([](const std::string& path) { Gate::open(path); }, touched.path());
  EXPECT_TRUE(second.cancel());
  gate.open();
  pool.close();
  pool.join();
  EXPECT_FALSE(Gate::is_open(touched.path()));
}

}  // namespace
