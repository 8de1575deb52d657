// Paths: processes that end by themselves or are killed, at random instants and from several
// threads at once; parents that are killed while they start daemons; children of children.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include <twill/mp/process.hpp>

#include "mp/chaos.hpp"
#include "mp/processes.hpp"
#include "support/child.hpp"

namespace {

namespace mp = twill::mp;
using chaos::Common;
using namespace processes;

void rest(std::mt19937& random) {
  const timespec some{0, static_cast<long>(random() % 1'000'000)};
  nanosleep(&some, nullptr);
}

/// A process, and what it will have ended with.
struct Doomed {
  mp::Process process;
  std::vector<int> codes;
  void (*end)(mp::Process&);
};

Doomed any_doomed(std::mt19937& random) {
  const auto own_end = [seed = random()] {
    std::mt19937 own(static_cast<unsigned>(seed));
    rest(own);
    throw mp::SystemExit(7);
  };
  const auto leave_it = [](mp::Process&) {};
  switch (random() % 7) {
    case 0:
      return {mp::Process(own_end), {7}, leave_it};
    case 1:
      return {mp::Process([] { raise(SIGKILL); }), {-9}, leave_it};
    case 2:
      return {mp::Process(for_ever), {-15}, [](mp::Process& p) { p.terminate(); }};
    case 3:
      return {mp::Process(for_ever), {-9}, [](mp::Process& p) { p.kill(); }};
    case 4:
      return {mp::Process(for_ever), {-2}, [](mp::Process& p) { p.interrupt(); }};
    case 5:
      return {mp::Process(for_ever), {-9}, [](mp::Process& p) { kill(*p.pid(), SIGKILL); }};
    default:
      return {mp::Process(own_end), {7, -9}, [](mp::Process& p) { p.kill(); }};
  }
}

void start_and_end(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Doomed> crowd;
  while (count > 0 || !crowd.empty()) {
    if (count > 0 && (crowd.size() < 8 || random() % 2 == 0)) {
      --count;
      crowd.push_back(any_doomed(random));
      crowd.back().process.start();
    }
    rest(random);
    if (crowd.size() < 8 && count > 0) continue;
    std::swap(crowd[random() % crowd.size()], crowd.back());
    auto& [process, codes, end] = crowd.back();
    end(process);
    process.join();
    ASSERT_TRUE(process.exitcode());
    EXPECT_NE(std::ranges::find(codes, *process.exitcode()), codes.end()) << *process.exitcode();
    crowd.pop_back();
  }
}

TEST(MpChaosProcessTest, codes_are_right_and_nothing_is_left) {
  start_and_end(1, 0);
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const int descriptors = chaos::open_descriptors();
  start_and_end(chaos::kills(), seed);
  EXPECT_TRUE(mp::active_children().empty());
  expect_no_children();
  EXPECT_EQ(chaos::open_descriptors(), descriptors);
}

TEST(MpChaosProcessTest, from_threads_beside_others_that_never_rest) {
  if (!support::kThreadsAfterFork) GTEST_SKIP() << "fork beside threads";
  start_and_end(1, 0);
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const int descriptors = chaos::open_descriptors();
  std::atomic<bool> stop = false;
  {
    std::vector<std::jthread> busy;
    for (int i = 0; i < 4; ++i)
      busy.emplace_back([&] {
        while (!stop) {
          std::free(std::malloc(100));
          std::fputs("", stderr);
          mp::Process([] {}).set_name("never started");
        }
      });
    {
      std::vector<std::jthread> starters;
      for (unsigned i = 0; i < 4; ++i)
        starters.emplace_back([=] { start_and_end(chaos::kills() / 4, seed + i); });
    }
    stop = true;
  }
  EXPECT_TRUE(mp::active_children().empty());
  expect_no_children();
  EXPECT_EQ(chaos::open_descriptors(), descriptors);
}

TEST(MpChaosProcessTest, no_daemon_outlives_a_parent_killed_at_any_instant) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < chaos::kills() / 4; ++i) {
    Witness witness;
    chaos::Child parent([] {
      for (int daemons = 0; daemons < 20; ++daemons)
        mp::Process({.daemon = true}, for_ever).start();
      for_ever();
      return false;
    });
    for (unsigned rests = random() % 6; rests > 0; --rests) rest(random);
    parent.kill();
    ASSERT_TRUE(witness.sees_the_end());
  }
}

TEST(MpChaosProcessTest, P12_P13_children_have_children) {
  Witness witness;
  const Common<std::atomic<int>> right(0);
  mp::Process process([&] {
    const std::string own = mp::current_process().name();
    mp::Process first([&] {
      *right += mp::current_process().name() == own + ":1";
      *right += mp::parent_process()->name() == own;
      mp::Process third([&] { *right += mp::current_process().name() == own + ":1:1"; });
      third.start();
    });
    mp::Process second({.daemon = true}, for_ever);
    mp::Process killed(for_ever);
    for (mp::Process* child : {&first, &second, &killed}) child->start();
    *right += mp::active_children().size() >= 2;
    killed.kill();
    first.join();
    killed.join();
    *right += first.exitcode() == 0 && killed.exitcode() == -SIGKILL;
  });
  process.start();
  process.join();
  EXPECT_EQ(process.exitcode(), 0);
  EXPECT_EQ(*right, 5);
  EXPECT_TRUE(witness.sees_the_end());
  expect_no_children();
}

TEST(MpChaosProcessTest, a_child_waits_for_children_that_nobody_joined) {
  const Common<std::atomic<int>> done(0);
  mp::Process process([&] {
    auto* const child = new mp::Process([&] {
      usleep(5000);
      ++*done;
    });
    child->start();
  });
  process.start();
  process.join();
  EXPECT_EQ(*done, 1);
}

}  // namespace
