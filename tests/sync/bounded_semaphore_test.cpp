// Paths: a release too many, with and without waiters; the bound of zero.

#include <gtest/gtest.h>

#include <twill/platform/error.hpp>
#include <twill/sync/bounded_semaphore.hpp>

#include "support/misuse.hpp"
#include "support/runner.hpp"

namespace {

TEST(BoundedSemaphoreTest, S10_a_release_too_many_is_an_error_and_leaves_the_value) {
  twill::BoundedSemaphore semaphore(2, {.name = "slots"});
  EXPECT_THROW(semaphore.release(), twill::ValueError);
  semaphore.acquire();
  try {
    semaphore.release(2);
    FAIL();
  } catch (const twill::ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("BoundedSemaphore 'slots'"), std::string::npos);
  }
  EXPECT_EQ(semaphore.value(), 1);
  semaphore.release();
  EXPECT_EQ(semaphore.value(), 2);
}

TEST(BoundedSemaphoreTest, S1_S5_bad_numbers_are_errors) {
  EXPECT_THROW(twill::BoundedSemaphore(-1), twill::ValueError);
  twill::BoundedSemaphore none(0);
  EXPECT_THROW(none.release(), twill::ValueError);
  EXPECT_THROW(none.release(0), twill::ValueError);
  EXPECT_FALSE(none.acquire(false));
}

TEST(BoundedSemaphoreTest, S4_a_release_wakes_a_waiter) {
  twill::BoundedSemaphore semaphore;
  semaphore.acquire();
  support::Runner waiter([&] { semaphore.acquire(); });
  waiter.until_blocked();
  semaphore.release();
  waiter.join();
  EXPECT_EQ(semaphore.value(), 0);
  EXPECT_TRUE(semaphore.name().starts_with("BoundedSemaphore#"));
}

}  // namespace
