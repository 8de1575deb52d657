// Paths: starts from many threads beside others that never rest; parents that are killed while they
// start.

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <twill/sync/lock.hpp>

#include "mp/chaos.hpp"
#include "mp/processes.hpp"
#include "mp/start_methods.hpp"

namespace {

namespace mp = twill::mp;
using processes::for_ever;
using processes::Witness;

template <class Method>
class MpChaosStartTest : public start_methods::Test {};
TYPED_TEST_SUITE(MpChaosStartTest, start_methods::All, start_methods::Names);

/// Allocates, prints and locks as the parent's threads do.
void be_busy_too(int code) {
  std::vector<std::string> texts(10, std::string(100, 'x'));
  std::fputs("", stderr);
  std::fflush(nullptr);
  twill::Lock lock;
  const std::scoped_lock hold(lock);
  throw mp::SystemExit(code);
}

/// Threads that use malloc, stdio and locks without a rest.
class Hammer {
 public:
  explicit Hammer(int threads) : sink_(std::fopen("/dev/null", "we")) {
    for (int i = 0; i < threads; ++i)
      threads_.emplace_back([this, i] { strike(static_cast<std::size_t>(i)); });
  }
  ~Hammer() {
    stop_ = true;
    threads_.clear();
    std::fclose(sink_);
  }
  Hammer(const Hammer&) = delete;
  Hammer& operator=(const Hammer&) = delete;

 private:
  void strike(std::size_t size) {
    while (!stop_) {
      const std::vector<char> some(1 + size * 64);
      std::fputs("something", sink_);
      std::fputs("", stderr);
      const std::scoped_lock both(twill_lock_, lock_);
      ++strikes_;
    }
  }

  std::FILE* sink_;
  std::atomic<bool> stop_ = false;
  twill::Lock twill_lock_;
  std::mutex lock_;
  long strikes_ = 0;
  std::vector<std::jthread> threads_;
};

TYPED_TEST(MpChaosStartTest, beside_64_threads_that_use_malloc_stdio_and_locks) {
  start_methods::code_of(TypeParam(), be_busy_too, 0);
  const int descriptors = chaos::open_descriptors();
  const auto limit = std::chrono::steady_clock::now() + chaos::kEnough;
  const auto enough = [&] {
    return !chaos::is_long_run() && std::chrono::steady_clock::now() > limit;
  };
  {
    const Hammer hammer(64);
    constexpr int kStarters = 20;  // else the others have the processors
    std::vector<std::jthread> starters;
    for (int starter = 0; starter < kStarters; ++starter)
      starters.emplace_back([&] {
        for (int i = 0; i < chaos::kills() / kStarters && !enough(); ++i) {
          mp::Process process(TypeParam(), be_busy_too, i % 100);
          process.start();
          process.join();
          ASSERT_EQ(process.exitcode(), i % 100);
        }
      });
  }
  EXPECT_TRUE(mp::active_children().empty());
  EXPECT_EQ(chaos::open_descriptors(), descriptors);
}

TYPED_TEST(MpChaosStartTest, no_daemon_outlives_a_parent_killed_at_any_instant) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < chaos::kills() / 8; ++i) {
    Witness witness;
    chaos::Child parent([] {
      for (int daemons = 0; daemons < 10; ++daemons)
        mp::Process(TypeParam(), {.daemon = true}, for_ever).start();
      for_ever();
      return false;
    });
    usleep(static_cast<useconds_t>(random() % 20'000));
    parent.kill();
    ASSERT_TRUE(witness.sees_the_end());
  }
}

}  // namespace
