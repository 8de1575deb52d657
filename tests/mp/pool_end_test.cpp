// How pools of processes end: with their program, in a copy of it, by what they do themselves.

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <tuple>
#include <unistd.h>
#include <vector>

#include <twill/mp/pool.hpp>
#include <twill/platform/error.hpp>

#include "mp/start_methods.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"
#include "support/numbers.hpp"

namespace {

using support::Gate;
using support::square;
using twill::mp::Pool;

class MpPoolEndTest : public start_methods::Test {};

int wait_and_square(const std::string& gate, int n) {
  Gate::wait(gate);
  return n * n;
}

TEST_F(MpPoolEndTest, the_copy_in_a_child_leaves_the_workers_alone) {
  auto pool = std::make_unique<Pool>(twill::mp::PoolOptions{.processes = 1});
  const int pid = pool->apply(getpid);
  const pid_t child = fork();
  if (child == 0) {
    try {
      pool->map(square, support::up_to(3));
    } catch (const twill::RuntimeError&) {
      pool.reset();
      _exit(0);
    }
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(pool->apply(getpid), pid);
}

TEST_F(MpPoolEndTest, P11_a_program_ends_beside_a_stuck_call) {
  if (!support::kThreadsAfterFork) GTEST_SKIP() << "threads in the child of a fork";
  const Gate gate;
  const auto result = support::run_in_child([&] {
    static Pool pool({.processes = 2});
    auto stuck = pool.submit(wait_and_square, gate.path(), 1);
    while (!stuck.running()) usleep(100);
    for (int i = 0; i < 10; ++i) pool.submit(wait_and_square, gate.path(), i);
    std::exit(7);
    return 0;
  });
  EXPECT_EQ(result.exit_code, 7) << result.text;
  EXPECT_EQ(result.text, "");
}

TEST_F(MpPoolEndTest, P11_a_pool_is_destroyed_by_a_callback_of_its_own) {
  auto pool = std::make_unique<Pool>(twill::mp::PoolOptions{.processes = 2});
  const auto result =
      pool->apply_async(twill::Callbacks{.callback = [&](int) { pool.reset(); }}, square, 3);
  EXPECT_EQ(result.get(), 9);
  EXPECT_EQ(pool, nullptr);
}

TEST_F(MpPoolEndTest, P6_ctrl_c_is_for_the_program_alone) {
  Pool pool({.processes = 1});
  const int pid = pool.apply(getpid);
  kill(pid, SIGINT);
  EXPECT_EQ(pool.apply(getpid), pid);
}

TEST_F(MpPoolEndTest, terminate_ends_what_waits_for_a_worker) {
  const Gate gate;
  Pool pool({.processes = 1});
  auto first = pool.submit(wait_and_square, gate.path(), 1);
  while (!first.running()) usleep(100);
  auto second = pool.submit(wait_and_square, gate.path(), 2);
  pool.terminate();
  pool.join();
  EXPECT_THROW(first.result(), twill::CancelledError);
  EXPECT_THROW(second.result(), twill::CancelledError);
}

TEST_F(MpPoolEndTest, terminate_ends_maps) {
  const Gate gate;
  Pool pool({.processes = 2});
  const std::vector<std::tuple<std::string, int>> calls(100, {gate.path(), 1});
  const auto stuck = pool.starmap_async(wait_and_square, calls);
  while (!stuck.future().running()) usleep(100);
  pool.terminate();
  pool.join();
  EXPECT_THROW(stuck.get(), twill::CancelledError);
}

TEST_F(MpPoolEndTest, terminate_ends_an_initializer_that_never_ends) {
  const Gate gate;
  Pool pool({.processes = 1, .initializer = twill::mp::Call(Gate::wait, gate.path())});
  const auto stuck = pool.submit(square, 1);
  while (!stuck.running()) usleep(100);
  pool.terminate();
  pool.join();
  EXPECT_THROW(stuck.result(), twill::CancelledError);
}

}  // namespace
