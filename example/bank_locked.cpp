// The cure: with a lock around reading and writing, 10.000 + 2.000 - 1.000 is always 11.000.

#include <twill/twill.hpp>

constexpr int kRounds = 1000;

twill::Lock lock;
int balance TWILL_GUARDED_BY(lock) = 10'000;

void transfer(int amount) {
  twill::Hold hold(lock);
  const int read = balance;
  balance = read + amount;
}

int balance_now() {
  twill::Hold hold(lock);
  return balance;
}

void show() {
  const int now = balance_now();
  twill::print("{}.{:03}\n", now / 1000, now % 1000);
}

int main() {
  show();
  transfer(+2000);  // salary
  show();
  transfer(-1000);  // an auction
  show();

  // The same at the same time, again and again.
  int wrong = 0;
  for (int round = 0; round < kRounds; ++round) {
    const int before = balance_now();
    twill::Thread salary(transfer, +2000), auction(transfer, -1000);
    salary.start();
    auction.start();
    salary.join();
    auction.join();
    if (balance_now() != before + 1000) ++wrong;
  }
  twill::print("{} times at once: {} times wrong\n", kRounds, wrong);
}
