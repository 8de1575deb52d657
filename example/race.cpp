// A salary of 2.000 and a bill of 1.000 meet at one account. Nobody has to be lucky to see it go
// wrong: the explorer tries the orders one by one, and shows the first that loses money.
#include <mutex>

#include <twill/tools/explore.hpp>
#include <twill/tools/shared.hpp>
#include <twill/twill.hpp>

void pay(bool locked) {
  twill::Lock lock;
  twill::Shared balance(10'000, "balance");
  const auto book = [&](int amount) {
    std::unique_lock hold(lock, std::defer_lock);
    if (locked) hold.lock();
    balance += amount;  // a read, and later a write
  };
  twill::Thread company({.name = "company"}, book, 2'000);
  twill::Thread ebay({.name = "ebay"}, book, -1'000);
  company.start();
  ebay.start();
  company.join();
  ebay.join();
  twill::check(balance == 11'000);
}

int main() {
  twill::print("Without a lock: {}\n", twill::explore([] { pay(false); }).report());
  twill::print("With a lock: {}\n", twill::explore([] { pay(true); }).report());
}
