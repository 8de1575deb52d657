// Paths: permits taken fast, by a spinner, by a sleeper, handed over; several released at once; the
// limits of the count; misuse.

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <twill/platform/error.hpp>
#include <twill/sync/hold.hpp>
#include <twill/sync/semaphore.hpp>

#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

using namespace std::chrono_literals;
using support::Runner;

TEST(SemaphoreTest, S1_the_initial_value_is_one_and_never_negative) {
  EXPECT_EQ(twill::Semaphore().value(), 1);
  EXPECT_EQ(twill::Semaphore(0).value(), 0);
  EXPECT_THROW(twill::Semaphore(-1), twill::ValueError);
  EXPECT_THROW(twill::Semaphore(twill::Semaphore::max() + 1), twill::ValueError);
  EXPECT_THROW(twill::Semaphore{INT64_MIN}, twill::ValueError);
  try {
    twill::Semaphore semaphore(-7, {.name = "slots"});
    FAIL();
  } catch (const twill::ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("'slots'"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("-7"), std::string::npos);
  }
}

TEST(SemaphoreTest, S2_acquire_takes_a_permit_or_blocks) {
  twill::Semaphore semaphore(2);
  EXPECT_TRUE(semaphore.acquire());
  EXPECT_TRUE(semaphore.acquire());
  EXPECT_EQ(semaphore.value(), 0);
  Runner waiter([&] { EXPECT_TRUE(semaphore.acquire()); });
  waiter.until_blocked();
  semaphore.release();
  waiter.join();
  EXPECT_EQ(semaphore.value(), 0);
}

TEST(SemaphoreTest, S3_attempts_and_timeouts_answer_a_bool) {
  twill::Semaphore semaphore(1);
  EXPECT_TRUE(semaphore.acquire(false));
  EXPECT_FALSE(semaphore.acquire(false));
  EXPECT_FALSE(semaphore.acquire(5ms));
  EXPECT_FALSE(semaphore.acquire(-1h));
  EXPECT_FALSE(semaphore.try_acquire());
  EXPECT_FALSE(semaphore.try_lock());
  semaphore.release();
  EXPECT_TRUE(semaphore.try_acquire(5ms));
}

TEST(SemaphoreTest, S4_release_adds_permits_and_wakes_as_many) {
  twill::Semaphore semaphore(0);
  std::atomic<int> in{0};
  std::vector<std::unique_ptr<Runner>> waiters;
  for (int i = 0; i < 5; ++i)
    waiters.push_back(std::make_unique<Runner>([&] { semaphore.acquire(), ++in; }));
  for (auto& waiter : waiters) waiter->until_blocked();
  semaphore.release();
  support::yield_until([&] { return in == 1; });
  semaphore.release(3);
  support::yield_until([&] { return in == 4; });
  EXPECT_EQ(semaphore.value(), 0);
  EXPECT_EQ(in, 4);
  semaphore.release(2);
  waiters.clear();
  EXPECT_EQ(semaphore.value(), 1);
}

TEST(SemaphoreTest, S5_release_of_less_than_one_is_an_error_and_changes_nothing) {
  twill::Semaphore semaphore(3, {.name = "slots"});
  for (const std::int64_t n : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN}) {
    try {
      semaphore.release(n);
      ADD_FAILURE();
    } catch (const twill::ValueError& error) {
      EXPECT_NE(std::string(error.what()).find("Semaphore 'slots'"), std::string::npos);
    }
  }
  EXPECT_EQ(semaphore.value(), 3);
}

TEST(SemaphoreTest, S6_may_be_released_above_its_initial_value_up_to_max) {
  twill::Semaphore semaphore(1);
  semaphore.release(5);
  EXPECT_EQ(semaphore.value(), 6);
  semaphore.release(twill::Semaphore::max() - 6);
  EXPECT_EQ(semaphore.value(), twill::Semaphore::max());
  EXPECT_THROW(semaphore.release(), twill::ValueError);
  EXPECT_THROW(semaphore.release(INT64_MAX), twill::ValueError);
  EXPECT_EQ(semaphore.value(), twill::Semaphore::max());
}

TEST(SemaphoreTest, S7_any_thread_may_release) {
  twill::Semaphore semaphore(1);
  semaphore.acquire();
  std::thread([&] { semaphore.release(); }).join();
  EXPECT_EQ(semaphore.value(), 1);
}

TEST(SemaphoreTest, S8_k_releases_complete_k_acquires) {
  constexpr int kThreads = 8;
  constexpr int kTimes = 2'000;
  twill::Semaphore semaphore(0);
  std::atomic<int> acquired{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < kTimes; ++n) semaphore.acquire(), ++acquired;
      });
    for (int n = 0; n < kThreads * kTimes; ++n) semaphore.release();
  }
  EXPECT_EQ(acquired, kThreads * kTimes);
  EXPECT_EQ(semaphore.value(), 0);
}

TEST(SemaphoreTest, S8_never_more_are_inside_than_permits) {
  twill::Semaphore semaphore(2);
  std::atomic<int> inside{0};
  std::atomic<bool> too_many{false};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 5; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 2'000; ++n) {
          const std::lock_guard guard(semaphore);
          if (++inside > 2) too_many = true;
          --inside;
        }
      });
  }
  EXPECT_FALSE(too_many);
  EXPECT_EQ(semaphore.value(), 2);
}

TEST(SemaphoreTest, S9_a_scope_guard_releases_also_on_throw) {
  twill::Semaphore semaphore(1);
  try {
    const std::scoped_lock guard(semaphore);
    EXPECT_EQ(semaphore.value(), 0);
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(semaphore.value(), 1);
  {
    const twill::Hold hold(semaphore);
  }
  EXPECT_EQ(semaphore.value(), 1);
}

TEST(SemaphoreTest, TO6_TO7_bad_timeouts_are_errors) {
  twill::Semaphore semaphore(1, {.name = "slots"});
  const std::chrono::duration<double> nan(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THROW(semaphore.acquire(nan), twill::ValueError);
  try {
    semaphore.acquire(false, 1s);
    FAIL();
  } catch (const twill::ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("slots"), std::string::npos);
  }
  EXPECT_EQ(semaphore.value(), 1);
}

TEST(SemaphoreTest, a_stop_request_ends_the_wait_and_takes_no_permit) {
  twill::Semaphore semaphore(0);
  std::stop_source source;
  Runner throwing(
      [&] { EXPECT_THROW(semaphore.acquire(source.get_token()), twill::CancelledError); });
  Runner trying([&] { EXPECT_FALSE(semaphore.try_acquire(1h, source.get_token())); });
  throwing.until_blocked();
  trying.until_blocked();
  source.request_stop();
  throwing.join();
  trying.join();
  semaphore.release();
  EXPECT_EQ(semaphore.value(), 1);
}

TEST(SemaphoreTest, a_timeout_passes_the_permit_on) {
  twill::Semaphore semaphore(0);
  for (int i = 0; i < 200; ++i) {
    Runner fickle([&] {
      if (semaphore.acquire(std::chrono::microseconds(i))) semaphore.release();
    });
    Runner patient([&] { EXPECT_TRUE(semaphore.acquire(1h)); });
    semaphore.release();
  }
  EXPECT_EQ(semaphore.value(), 0);
}

TEST(SemaphoreTest, may_be_destroyed_by_whom_it_let_in) {
  for (int i = 0; i < 200; ++i) {
    auto* semaphore = new twill::Semaphore(0);
    std::jthread releaser([=] { semaphore->release(); });
    semaphore->acquire();
    delete semaphore;
  }
}

TEST(SemaphoreTest, is_small_and_named) {
  EXPECT_LE(sizeof(twill::Semaphore), 32u);
  EXPECT_EQ(twill::Semaphore(1, {.name = "slots"}).name(), "slots");
  EXPECT_TRUE(twill::Semaphore().name().starts_with("Semaphore#"));
}

}  // namespace
