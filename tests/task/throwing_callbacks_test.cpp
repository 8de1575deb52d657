// What a callback throws, of whatever kind, arrives: at the future or the call, or else at the
// excepthook; and the pool has all its workers and all its room again. Paths: the rows of the two
// tables; an initializer. Two are not among them, of which the words are that they end the program:
// a std::stop_callback, and a move in sort().

#include <gtest/gtest.h>

#include <array>
#include <exception>
#include <iterator>
#include <ranges>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/barrier.hpp>
#include <twill/sync/event.hpp>
#include <twill/task/algorithms.hpp>
#include <twill/task/error.hpp>
#include <twill/task/graph.hpp>
#include <twill/task/progress.hpp>
#include <twill/task/sort.hpp>
#include <twill/task/task_group.hpp>
#include <twill/task/thread_pool.hpp>

#include "support/numbers.hpp"
#include "support/reports.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::square;
using support::up_to;
using twill::Callbacks;
using twill::ThreadPool;

struct Thrown {};
constexpr auto fail = [](auto&&...) { throw Thrown(); };
int fail_at_five(int n) { return n == 5 ? throw Thrown() : n; }

struct Copied {
  Copied() = default;
  Copied(const Copied&) { throw Thrown(); }
  void operator()() const {}
};
struct Moved {
  Moved() = default;
  Moved(Moved&& other) : armed(other.armed) {
    if (armed) throw Thrown();
  }
  Moved& operator=(Moved&&) { throw Thrown(); }
  void operator()() const {}
  bool armed = true;
};
struct Ends {
  Ends() = default;
  Ends(Ends&& other) noexcept : armed(std::exchange(other.armed, false)) {}
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;
  ~Ends() noexcept(false) {
    if (armed) throw Thrown();
  }
  void operator()() const {}
  bool armed = true;
};
struct Undecided {
  explicit operator bool() const { throw Thrown(); }
};

/// Nine numbers; throws on the way to the sixth.
struct Steps {
  struct Iterator {
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    int operator*() const { return at; }
    Iterator& operator++() {
      at = fail_at_five(at + 1);
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return at == 9; }
    int at = 0;
  };
  static Iterator begin() { return {}; }
  static std::default_sentinel_t end() { return {}; }
};
auto elements() { return std::views::iota(0, 9) | std::views::transform(fail_at_five); }

template <class Range>
void read(Range&& range) {
  for ([[maybe_unused]] auto&& each : range) continue;
}

/// Two workers, and room for two calls.
struct Pool : ThreadPool {
  Pool() : ThreadPool({.processes = 2, .max_in_flight = 2}) {}

  void expect_whole() {
    twill::Barrier both(2);
    const auto meet = [&both] { both.wait(30s); };
    const auto one = submit({.timeout = 30s}, meet);
    const auto other = submit({.timeout = 30s}, meet);
    one.result();
    other.result();
  }
};

struct Row {
  const char* callback;
  void (*call)(Pool& pool);
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.callback; }
std::string name_of(const testing::TestParamInfo<Row>& info) { return info.param.callback; }

class ThrownToTheCallerTest : public testing::TestWithParam<Row> {};

TEST_P(ThrownToTheCallerTest, P15_by) {
  const support::Reports reports;
  Pool pool;
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(GetParam().call(pool), Thrown);
    pool.expect_whole();
  }
  EXPECT_EQ(reports.count(), 0);
}

const Row kTasks[] = {
    {"task", [](Pool& pool) { pool.submit(fail).result(); }},
    {"apply", [](Pool& pool) { pool.apply(fail, 1); }},
    {"apply_async", [](Pool& pool) { pool.apply_async(fail, 1).get(); }},
    {"task_with_a_token",
     [](Pool& pool) { pool.submit([](const std::stop_token&) { fail(); }).result(); }},
    {"task_of_a_task",
     [](Pool& pool) { pool.submit([&] { pool.submit(fail).result(); }).result(); }},
    {"continuation", [](Pool& pool) { pool.submit([] {}).then(fail).result(); }},
    {"continuation_of_a_continuation",
     [](Pool& pool) { pool.submit([] {}).then(fail).then([] {}).result(); }},
    {"member",
     [](Pool& pool) {
       twill::TaskGroup group(pool);
       group.run(fail);
       group.wait();
     }},
    {"member_of_which_others_wait",
     [](Pool& pool) {
       twill::TaskGroup group(pool);
       group.run(fail);
       while (!group.wait(30s)) continue;
     }},
    {"copy_of_a_task", [](Pool& pool) { pool.submit(Copied()); }},
    {"copy_of_an_argument", [](Pool& pool) { pool.submit([](const Copied&) {}, Copied()); }},
    {"copy_of_a_member", [](Pool& pool) { twill::TaskGroup(pool).run(Copied()); }},
    {"move_of_a_task", [](Pool& pool) { pool.submit(Moved()); }},
    {"move_of_a_result",
     [](Pool& pool) {
       static Moved moved;
       pool.submit([]() -> Moved&& { return std::move(moved); }).result();
     }},
};
INSTANTIATE_TEST_SUITE_P(Tasks, ThrownToTheCallerTest, testing::ValuesIn(kTasks), name_of);

const Row kMaps[] = {
    {"map", [](Pool& pool) { pool.map(fail_at_five, up_to(9)); }},
    {"map_with_a_limit", [](Pool& pool) { pool.map({.timeout = 30s}, fail_at_five, up_to(9)); }},
    {"map_async", [](Pool& pool) { pool.map_async(fail_at_five, up_to(9)).get(); }},
    {"starmap", [](Pool& pool) { pool.starmap(fail, std::vector{std::pair(1, 2)}); }},
    {"imap", [](Pool& pool) { read(pool.imap(fail_at_five, up_to(9))); }},
    {"imap_unordered", [](Pool& pool) { read(pool.imap_unordered(fail_at_five, up_to(9))); }},
    {"step_of_map", [](Pool& pool) { pool.map(square, Steps()); }},
    {"step_of_map_async", [](Pool& pool) { pool.map_async(square, Steps()).get(); }},
    {"step_of_imap", [](Pool& pool) { read(pool.imap(square, Steps())); }},
    {"step_of_imap_unordered", [](Pool& pool) { read(pool.imap_unordered(square, Steps())); }},
    {"element_of_map", [](Pool& pool) { pool.map(square, elements()); }},
    {"element_of_map_async", [](Pool& pool) { pool.map_async(square, elements()).get(); }},
    {"element_of_imap", [](Pool& pool) { read(pool.imap(square, elements())); }},
    {"element_of_imap_unordered",
     [](Pool& pool) { read(pool.imap_unordered(square, elements())); }},
    {"copy_in_map", [](Pool& pool) { pool.map([](Copied) {}, std::vector<Copied>(3)); }},
    {"copy_in_imap",
     [](Pool& pool) {
       std::vector<Copied> all(3);
       read(pool.imap([](const Copied&) { return 1; }, all));
     }},
    {"move_of_a_result_of_map",
     [](Pool& pool) {
       static Moved moved;
       pool.map([](int) -> Moved { return std::move(moved); }, up_to(3));
     }},
};
INSTANTIATE_TEST_SUITE_P(Maps, ThrownToTheCallerTest, testing::ValuesIn(kMaps), name_of);

const Row kAlgorithms[] = {
    {"for_each", [](Pool& pool) { twill::for_each(pool, up_to(9), fail); }},
    {"transform",
     [](Pool& pool) {
       std::vector<int> out(9);
       twill::transform(pool, up_to(9), out, fail_at_five);
     }},
    {"reduce",
     [](Pool& pool) {
       twill::reduce(pool, up_to(9'999), 0, [](int, int) { return fail_at_five(5); });
     }},
    {"sort",
     [](Pool& pool) {
       std::vector<int> all = up_to(9'999);
       twill::sort(pool, all, [](int a, int b) { return a > fail_at_five(b); });
     }},
    {"step_of_for_each", [](Pool& pool) { twill::for_each(pool, Steps(), square); }},
    {"element_of_for_each", [](Pool& pool) { twill::for_each(pool, elements(), square); }},
    {"element_of_reduce", [](Pool& pool) { twill::reduce(pool, elements(), 0); }},
    {"step_of_progress", [](Pool&) { read(twill::progress(Steps())); }},
    {"element_of_progress", [](Pool&) { read(twill::progress(elements())); }},
    {"node",
     [](Pool& pool) {
       twill::Graph graph;
       graph.add("fails", fail);
       graph.run(pool);
     }},
    {"condition",
     [](Pool& pool) {
       twill::Graph graph;
       auto undecided = graph.add("undecided", [] { return Undecided(); });
       auto next = graph.add("next", [] {});
       graph.when(undecided, next);
       graph.run(pool);
     }},
};
INSTANTIATE_TEST_SUITE_P(Algorithms, ThrownToTheCallerTest, testing::ValuesIn(kAlgorithms),
                         name_of);

class ThrownToTheHookTest : public testing::TestWithParam<Row> {};

TEST_P(ThrownToTheHookTest, P15_by) {
  const support::Reports reports;
  Pool pool;
  for (int i = 1; i <= 3; ++i) {
    GetParam().call(pool);
    pool.expect_whole();
    support::yield_until([&] { return reports.count() >= i; }, "a report");
  }
  EXPECT_EQ(reports.count(), 3);
}

const Row kReported[] = {
    {"callback",
     [](Pool& pool) {
       EXPECT_EQ(pool.apply_async(Callbacks{.callback = fail}, square, 3).get(), 9);
     }},
    {"error_callback",
     [](Pool& pool) {
       const Callbacks callbacks{.error_callback = fail};
       EXPECT_THROW(pool.apply_async(callbacks, [] { throw 5; }).get(), int);
     }},
    {"callback_of_a_map",
     [](Pool& pool) {
       EXPECT_EQ(pool.map_async(Callbacks{.callback = fail}, square, up_to(3)).get().size(), 3u);
     }},
    {"done_callback",
     [](Pool& pool) {
       auto future = pool.submit([] {});
       future.add_done_callback(fail);
       future.result();
     }},
    {"done_callback_of_what_is_cancelled",
     [](Pool&) {
       twill::Future<void> future;
       future.add_done_callback(fail);
       EXPECT_TRUE(future.cancel());
     }},
    {"end_of_a_task", [](Pool& pool) { pool.submit(Ends()).result(); }},
    {"end_of_an_argument", [](Pool& pool) { pool.submit([](const Ends&) {}, Ends()).result(); }},
    {"end_of_what_never_ran",
     [](Pool&) {
       twill::Event go;
       const auto wait = [&go] { go.wait(); };
       ThreadPool one({.processes = 1});
       one.submit(wait);
       EXPECT_TRUE(one.submit(Ends()).cancel());
       go.set();
     }},
    {"end_of_a_member",
     [](Pool& pool) {
       twill::TaskGroup group(pool);
       group.run(Ends());
       group.wait();
     }},
    {"end_of_the_callable_of_imap",
     [](Pool& pool) { read(pool.imap([ends = Ends()](int n) { return n; }, up_to(3))); }},
};
INSTANTIATE_TEST_SUITE_P(Reported, ThrownToTheHookTest, testing::ValuesIn(kReported), name_of);

TEST(ThrowingInitializerTest, P15_is_reported_by_each_worker_and_breaks_the_pool) {
  const support::Reports reports;
  {
    ThreadPool pool({.processes = 2, .initializer = fail, .max_in_flight = 1});
    for (int i = 0; i < 3; ++i) {
      EXPECT_THROW(pool.apply(square, 1), twill::BrokenThreadPool);
      EXPECT_THROW(pool.map(square, up_to(3)), twill::BrokenThreadPool);
    }
  }
  EXPECT_EQ(reports.count(), 2);
}

}  // namespace
