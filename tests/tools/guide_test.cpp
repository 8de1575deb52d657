// What doc/explore.md shows of a test.

#include <gtest/gtest.h>
#include <mutex>

#include <twill/sync/lock.hpp>
#include <twill/thread/thread.hpp>
#include <twill/tools/explore.hpp>
#include <twill/tools/shared.hpp>

namespace {

TEST(BankTest, no_order_of_two_payments_loses_money) {
  const auto found = twill::explore([] {
    twill::Lock lock;
    twill::Shared balance(10'000, "balance");
    const auto pay = [&](int amount) {
      const std::scoped_lock hold(lock);
      balance += amount;
    };
    twill::Thread company(pay, 2'000), ebay(pay, -1'000);
    company.start();
    ebay.start();
    company.join();
    ebay.join();
    twill::check(balance == 11'000);
  });
  EXPECT_TRUE(found) << found.report();
  EXPECT_TRUE(found.exhaustive);
}

}  // namespace
