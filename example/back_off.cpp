// The cure: if the second lock cannot be had, release the first and try again; both tasks finish.
//
// First by hand, then with acquire_all(), which does the same for any number of locks.
#include <twill/twill.hpp>

using namespace std::chrono_literals;

twill::Lock lock_1, lock_2;
constexpr int kRounds = 1000;
int work_done = 0;  // needs both locks

void by_hand(twill::Lock& first, twill::Lock& second) {
  for (int round = 0; round < kRounds;) {
    first.acquire();
    if (second.acquire(false)) {
      ++work_done;
      ++round;
      second.release();
    }
    first.release();
  }
}

void by_acquire_all(twill::Lock& first, twill::Lock& second) {
  for (int round = 0; round < kRounds; ++round) {
    auto both = twill::acquire_all(first, second);
    ++work_done;
  }
}

void run(const char* how, void (*task)(twill::Lock&, twill::Lock&)) {
  work_done = 0;
  twill::Thread one([&] { task(lock_1, lock_2); });
  twill::Thread two([&] { task(lock_2, lock_1); });
  one.start();
  two.start();
  one.join();
  two.join();
  twill::print("{}: both tasks finished, {} pieces of work\n", how, work_done);
}

int main() {
  run("by hand", by_hand);
  run("by acquire_all", by_acquire_all);
}
