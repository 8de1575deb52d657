#pragma once

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>
#include <time.h>
#include <vector>

#include "platform/robust.hpp"
#include "support/children.hpp"

/// Workers that do what they do until they are told to stop, and are killed one after the other at
/// random instants, each with a successor.
namespace chaos {

using support::Child;
using support::Common;
using support::open_descriptors;

/// TWILL_CHAOS_KILLS=10000 for the long run; else as many as a busy machine gets done in a while.
inline bool is_long_run() { return std::getenv("TWILL_CHAOS_KILLS") != nullptr; }
inline int kills() { return is_long_run() ? std::atoi(std::getenv("TWILL_CHAOS_KILLS")) : 200; }
inline constexpr std::chrono::seconds kEnough{15};

/// Numbers that are equal while nobody changes them, and what was found of them.
struct Pair {
  std::atomic<long> first{0};
  std::atomic<long> second{0};
  std::atomic<int> repairs{0};
  std::atomic<int> torn{0};
};

/// Runs `work(stop)` in `workers` processes; it answers whether all was well. `tend` runs here
/// after each kill.
template <class Work, class Tend>
void reign(int workers, Work work, Tend tend) {
  if (!twill::detail::robust_works()) GTEST_SKIP() << "no list of robust futexes";
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const int descriptors = open_descriptors();
  const Common<std::atomic<int>> stop(0);
  std::vector<Child> crowd;
  const auto worker = [&] { return Child([&] { return work(*stop); }); };
  for (int i = 0; i < workers; ++i) crowd.push_back(worker());
  const auto enough = std::chrono::steady_clock::now() + kEnough;
  int i = 0;
  for (; i < kills() && (is_long_run() || std::chrono::steady_clock::now() < enough); ++i) {
    const timespec pause{0, static_cast<long>(random() % 1'500'000)};
    nanosleep(&pause, nullptr);
    Child& victim = crowd[random() % crowd.size()];
    victim.kill();
    tend();
    std::destroy_at(&victim);
    std::construct_at(&victim, worker());
  }
  *stop = 1;
  for (Child& child : crowd) EXPECT_TRUE(child.succeeds());
  std::printf("%d processes killed, one of %d at a time\n", i, workers);
  EXPECT_EQ(open_descriptors(), descriptors);
}

}  // namespace chaos
