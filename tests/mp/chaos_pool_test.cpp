// Paths: workers of a pool that are killed at random instants, with every call counted; pools whose
// own process is killed.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <twill/mp/pool.hpp>
#include <twill/mp/process.hpp>

#include "mp/chaos.hpp"
#include "mp/start_methods.hpp"
#include "support/child.hpp"
#include "support/ledger.hpp"
#include "support/numbers.hpp"

namespace {

namespace mp = twill::mp;
using mp::Pool;
using mp::WorkerLost;
using support::Ledger;

class MpChaosPoolTest : public start_methods::Test {};

/// While it lives, kills one worker after the other, after as long as some of them need to begin.
class Killer {
 public:
  explicit Killer(unsigned seed)
      : seed_(seed), start_(time_of_a_start()), thread_([this] { run(); }) {}
  ~Killer() {
    stop_ = true;
    thread_.join();
  }
  Killer(const Killer&) = delete;
  Killer& operator=(const Killer&) = delete;
  int kills() const noexcept { return kills_; }

 private:
  static std::chrono::nanoseconds time_of_a_start() {
    const auto began = std::chrono::steady_clock::now();
    Pool({.processes = 1}).apply(getpid);
    return std::chrono::steady_clock::now() - began;
  }
  void run() {
    std::mt19937 random(seed_);
    while (!stop_) {
      std::this_thread::sleep_for(start_ * (random() % 1'000) / 500);
      auto workers = mp::active_children();
      if (workers.empty()) continue;
      workers[random() % workers.size()].kill();
      ++kills_;
    }
  }

  const unsigned seed_;
  const std::chrono::nanoseconds start_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> kills_ = 0;
  std::thread thread_;
};

struct Mark {
  std::string path;
  int operator()(int n) const {
    Ledger::write(path, n);
    return n;
  }
};

/// Each was made once, or was lost and made once at most.
void expect_once(const std::vector<int>& made, const std::vector<bool>& lost) {
  std::vector<int> times(lost.size());
  for (const int n : made) ++times.at(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < lost.size(); ++i) {
    EXPECT_LE(times[i], 1) << i;
    EXPECT_TRUE(lost[i] || times[i] == 1) << i;
  }
}

/// Makes calls until so many workers were killed; `make(first)` makes some from that number on, and
/// says of each whether it was lost.
template <class Make>
void count_all(unsigned seed, Make make) {
  int kills = 0;
  const Ledger ledger;
  Pool({.processes = 1}).apply(getpid);
  const int descriptors = support::open_descriptors();
  std::vector<bool> lost;
  {
    Pool pool({.processes = 2});
    const Killer killer(seed);
    const auto enough = std::chrono::steady_clock::now() + chaos::kEnough;
    while (killer.kills() < chaos::kills() &&
           (chaos::is_long_run() || std::chrono::steady_clock::now() < enough))
      make(pool, Mark{ledger.path()}, lost);
    kills = killer.kills();
  }
  std::printf("%d workers killed, %zd calls made, %zd lost or in a map that told\n", kills,
              std::ranges::count(lost, false), std::ranges::count(lost, true));
  expect_once(ledger.read(), lost);
  EXPECT_GT(std::ranges::count(lost, false), 0);
  EXPECT_TRUE(mp::active_children().empty());
  EXPECT_EQ(support::open_descriptors(), descriptors);
}

TEST_F(MpChaosPoolTest, each_call_is_made_once_or_lost) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  count_all(seed, [](Pool& pool, const Mark& mark, std::vector<bool>& lost) {
    std::vector<twill::Future<int>> futures;
    for (int i = 0; i < 50; ++i)
      futures.push_back(pool.submit(mark, static_cast<int>(lost.size()) + i));
    for (auto& future : futures) try {
        EXPECT_EQ(future.result(), static_cast<int>(lost.size()));
        lost.push_back(false);
      } catch (const WorkerLost&) {
        lost.push_back(true);
      }
  });
}

TEST_F(MpChaosPoolTest, each_call_of_a_map_is_made_once_or_the_map_tells) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  count_all(seed, [](Pool& pool, const Mark& mark, std::vector<bool>& lost) {
    std::vector<int> numbers(200);
    std::ranges::iota_view all(static_cast<int>(lost.size()), static_cast<int>(lost.size()) + 200);
    std::ranges::copy(all, numbers.begin());
    bool is_whole = true;
    try {
      EXPECT_EQ(pool.map(mark, numbers), numbers);
    } catch (const WorkerLost&) {
      is_whole = false;
    }
    lost.resize(lost.size() + numbers.size(), !is_whole);
  });
}

/// Whether the process is gone, or nobody but its parent knows of it any more.
bool is_over(int pid) {
  std::FILE* const file = std::fopen(("/proc/" + std::to_string(pid) + "/stat").c_str(), "re");
  if (file == nullptr) return true;
  char state = 'Z';
  static_cast<void>(std::fscanf(file, "%*d %*s %c", &state));
  std::fclose(file);
  return state == 'Z';
}

TEST_F(MpChaosPoolTest, P6_no_worker_outlives_a_killed_pool) {
  if (!support::kThreadsAfterFork) GTEST_SKIP() << "threads in the child of a fork";
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < std::max(chaos::kills() / 20, 5); ++i) {
    const chaos::Common<std::array<std::atomic<int>, 2>> pids;
    chaos::Child owner([&] {
      Pool pool({.processes = 2});
      for (std::size_t at = 0;; at = 1 - at) (*pids)[at] = pool.apply(getpid);
      return false;
    });
    const timespec pause{0, static_cast<long>(random() % 30'000'000)};
    nanosleep(&pause, nullptr);
    owner.kill();
    for (const auto& pid : *pids)
      while (pid != 0 && !is_over(pid)) usleep(1'000);
  }
}

}  // namespace
