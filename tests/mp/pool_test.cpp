// What pools of processes have that those of threads have not: workers that end, are replaced, and
// can be killed alone.

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <new>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include <twill/mp/pool.hpp>
#include <twill/mp/process.hpp>
#include <twill/mp/remote_error.hpp>
#include <twill/platform/error.hpp>

#include "mp/start_methods.hpp"
#include "support/children.hpp"
#include "support/gate.hpp"
#include "support/ledger.hpp"
#include "support/numbers.hpp"
#include "support/sanitizers.hpp"

namespace {

using namespace std::chrono_literals;
namespace mp = twill::mp;
using mp::Pool;
using mp::WorkerLost;
using support::Gate;
using support::Ledger;
using support::square;
using support::squares_up_to;
using support::up_to;

class MpPoolTest : public start_methods::Test {};

void die(int signal) {
  std::signal(signal, SIG_DFL);
  kill(getpid(), signal);
}

int wait_and_square(const std::string& gate, int n) {
  Gate::wait(gate);
  return n * n;
}

TEST_F(MpPoolTest, calls_run_elsewhere) {
  Pool pool({.processes = 2});
  const int pid = pool.apply(getpid);
  EXPECT_NE(pid, getpid());
  EXPECT_EQ(pool.apply(getppid), getpid());
  EXPECT_TRUE(pool.apply([] { return mp::current_process().daemon(); }));
}

TEST_F(MpPoolTest, callables_are_functions_objects_and_what_captures_nothing) {
  struct Adder {
    int more;
    std::vector<int> operator()(std::vector<int> all) const {
      for (int& each : all) each += more;
      return all;
    }
  };
  Pool pool({.processes = 1});
  EXPECT_EQ(pool.apply(Adder{3}, std::vector{1, 2}), (std::vector{4, 5}));
  EXPECT_EQ(pool.apply(std::plus<int>(), 1, 2), 3);
  EXPECT_EQ(pool.apply([](int (*f)(int), int n) { return f(n); }, &square, 4), 16);
}

TEST_F(MpPoolTest, P7_a_lost_call_says_what_became_of_it) {
  Pool pool({.processes = 1});
  const int pid = pool.apply(getpid);
  const auto killed = pool.submit(die, SIGKILL);
  try {
    killed.result();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const WorkerLost& lost) {
    EXPECT_EQ(lost.report().pid, pid);
    EXPECT_EQ(lost.report().exitcode, -SIGKILL);
    EXPECT_GT(lost.report().peak_memory, 0u);
    EXPECT_FALSE(lost.report().out_of_memory.value_or(false));
    const std::string words = lost.what();
    EXPECT_NE(words.find("signal 9"), words.npos) << words;
    EXPECT_NE(words.find(std::to_string(pid)), words.npos) << words;
  }
  EXPECT_NE(pool.apply(getpid), pid);
  const auto exited = pool.submit([] { _exit(7); });
  try {
    exited.result();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const WorkerLost& lost) {
    EXPECT_EQ(lost.report().exitcode, 7);
  }
  EXPECT_EQ(pool.apply(square, 3), 9);
}

TEST_F(MpPoolTest, P1_one_loss_costs_one_call) {
  Pool pool({.processes = 2});
  const auto fragile = [](int n) {
    if (n == 300) die(SIGKILL);
    if (n == 600) die(SIGSEGV);
    return n * n;
  };
  int lost = 0;
  std::vector<int> results;
  auto all = pool.imap(fragile, up_to(1'000));
  for (auto at = all.begin(); at != all.end(); ++at) try {
      results.push_back(*at);
    } catch (const WorkerLost&) {
      ++lost;
      results.push_back(static_cast<int>(results.size() * results.size()));
    }
  EXPECT_EQ(lost, 2);
  EXPECT_EQ(results, squares_up_to(1'000));
  EXPECT_THROW(pool.map(fragile, up_to(1'000)), WorkerLost);
}

TEST_F(MpPoolTest, a_map_makes_each_call_once_though_workers_die) {
  const Ledger ledger;
  Pool pool({.processes = 2});
  struct Mark {
    std::string path;
    int operator()(int n) const {
      Ledger::write(path, n);
      if (n % 100 == 50) die(SIGKILL);
      return n;
    }
  };
  EXPECT_THROW(pool.map(Mark{ledger.path()}, up_to(500)), WorkerLost);
  std::vector<int> made = ledger.read();
  std::ranges::sort(made);
  EXPECT_EQ(made, up_to(500));
}

TEST_F(MpPoolTest, P8_a_call_that_runs_is_cancelled_alone) {
  const Gate gate;
  Pool pool({.processes = 2});
  auto first = pool.submit(wait_and_square, gate.path(), 1);
  auto other = pool.submit(wait_and_square, gate.path(), 2);
  while (!first.running() || !other.running()) usleep(100);
  EXPECT_TRUE(first.request_stop());
  EXPECT_THROW(first.result(), twill::CancelledError);
  EXPECT_FALSE(other.done());
  gate.open();
  EXPECT_EQ(other.result(), 4);
}

TEST_F(MpPoolTest, P8_a_call_has_a_limit) {
  const Gate gate;
  Pool pool({.processes = 1});
  EXPECT_THROW(pool.submit({.limit = 1ms}, wait_and_square, gate.path(), 1).result(),
               twill::TimeoutError);
  EXPECT_EQ(pool.submit({.limit = 1h}, square, 3).result(), 9);
}

TEST_F(MpPoolTest, terminate_kills_what_runs) {
  const Gate gate;
  Pool pool({.processes = 1});
  const auto stuck = pool.submit(wait_and_square, gate.path(), 1);
  while (!stuck.running()) usleep(100);
  pool.terminate();
  pool.join();
  EXPECT_THROW(stuck.result(), twill::CancelledError);
}

TEST_F(MpPoolTest, a_lost_call_is_made_again_if_asked_for) {
  const Ledger ledger;
  Pool pool({.processes = 1});
  struct DieTwice {
    int operator()(const std::string& path) const {
      Ledger::write(path, 1);
      const std::size_t times = Ledger::read(path).size();
      if (times < 3) die(SIGKILL);
      return static_cast<int>(times);
    }
  };
  EXPECT_THROW(pool.submit(DieTwice(), ledger.path()).result(), WorkerLost);
  EXPECT_EQ(pool.submit({.retries = 1}, DieTwice(), ledger.path()).result(), 3);
}

TEST_F(MpPoolTest, an_idle_worker_that_dies_is_not_noticed) {
  Pool pool({.processes = 1});
  for (int i = 0; i < 20; ++i) {
    kill(pool.apply(getpid), SIGKILL);
    EXPECT_EQ(pool.apply(square, i), i * i);
  }
}

TEST_F(MpPoolTest, PL22_workers_are_replaced_after_so_many_calls) {
  EXPECT_THROW(Pool({.maxtasksperchild = 0}), twill::ValueError);
  Pool pool({.processes = 1, .maxtasksperchild = 2});
  std::set<int> pids;
  for (int i = 0; i < 6; ++i) pids.insert(pool.apply(getpid));
  EXPECT_EQ(pids.size(), 3u);
}

int prepared = 0;

TEST_F(MpPoolTest, PL21_the_initializer_runs_in_each_worker) {
  Pool pool({.processes = 2,
             .initializer = mp::Call([](int a, int b) { prepared += a + b; }, 3, 4),
             .maxtasksperchild = 1});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(pool.apply([] { return prepared; }), 7);
  EXPECT_EQ(prepared, 0);
}

TEST_F(MpPoolTest, P1_a_failing_initializer_breaks_it) {
  Pool pool({.processes = 2, .initializer = mp::Call([] { throw std::runtime_error("no tool"); })});
  const auto refused = pool.submit(square, 1);
  try {
    refused.result();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const mp::BrokenProcessPool& broken) {
    EXPECT_NE(std::string(broken.what()).find("no tool"), std::string::npos) << broken.what();
  }
  EXPECT_THROW(pool.apply(square, 1), mp::BrokenProcessPool);
  EXPECT_THROW(pool.map(square, up_to(3)), mp::BrokenProcessPool);
}

TEST_F(MpPoolTest, P1_an_initializer_that_kills_is_not_tried_for_ever) {
  Pool pool({.processes = 2, .initializer = mp::Call(die, SIGKILL)});
  EXPECT_THROW(pool.apply(square, 1), mp::BrokenProcessPool);
  EXPECT_THROW(pool.map(square, up_to(3)), mp::BrokenProcessPool);
}

struct Deep {
  std::unique_ptr<Deep> next;
};

Deep nest(int depth) {
  Deep top;
  for (int i = 0; i < depth; ++i) top = Deep{std::make_unique<Deep>(std::move(top))};
  return top;
}

TEST_F(MpPoolTest, PL25_what_cannot_be_written_fails_alone) {
  Pool pool({.processes = 1});
  EXPECT_THROW(pool.apply(nest, 1'000), twill::ValueError);
  const auto take = [](const Deep&) { return 1; };
  EXPECT_THROW(pool.apply(take, nest(1'000)), twill::ValueError);
  EXPECT_EQ(pool.apply(take, nest(10)), 1);
  std::vector<Deep> some;
  for (const int depth : {1, 1'000, 2}) some.push_back(nest(depth));
  EXPECT_THROW(pool.map(take, some), twill::ValueError);
}

class Odd : public std::exception {};

TEST_F(MpPoolTest, EX13_a_call_may_throw_anything) {
  Pool pool({.processes = 1});
  EXPECT_THROW(pool.apply([] { throw Odd(); }), mp::RemoteError);
  EXPECT_THROW(pool.apply([] { throw 5; }), mp::RemoteError);
  EXPECT_THROW(pool.apply([] { throw twill::OSError(ENOENT, "there"); }), twill::OSError);
  EXPECT_THROW(pool.apply([] { std::exit(3); }), WorkerLost);
  EXPECT_EQ(pool.apply(square, 2), 4);
}

TEST_F(MpPoolTest, PL27_workers_have_no_children) {
  Pool pool({.processes = 1});
  EXPECT_THROW(pool.apply([] { return Pool({.processes = 1}).apply(square, 1); }),
               twill::RuntimeError);
}

TEST_F(MpPoolTest, memory_that_is_refused_is_an_error_of_the_call) {
  if (support::kAddressSanitizer || support::kThreadSanitizer)
    GTEST_SKIP() << "sanitizers need more than any limit";
  Pool pool({.processes = 1, .initializer = mp::Call([] {
                               const rlimit limit{256 << 20, 256 << 20};
                               setrlimit(RLIMIT_AS, &limit);
                             })});
  const auto eat = [](std::size_t size) { return std::string(size, 'x').size(); };
  EXPECT_THROW(pool.apply(eat, std::size_t{1} << 30), std::bad_alloc);
  EXPECT_EQ(pool.apply(eat, 1'000), 1'000u);
}

TEST_F(MpPoolTest, P6_nothing_is_left_behind) {
  const auto count = [] { return support::open_descriptors(); };
  Pool({.processes = 2}).apply(square, 1);
  const int before = count();
  for (int i = 0; i < 5; ++i) {
    Pool pool({.processes = 2});
    EXPECT_THROW(pool.apply(die, SIGKILL), WorkerLost);
    EXPECT_EQ(pool.map(square, up_to(100)), squares_up_to(100));
  }
  EXPECT_EQ(count(), before);
  EXPECT_TRUE(mp::active_children().empty());
}

TEST_F(MpPoolTest, names) {
  Pool pool({.processes = 1, .name = "mill"});
  EXPECT_EQ(pool.apply([] { return mp::current_process().name(); }), "mill_0");
}

}  // namespace
