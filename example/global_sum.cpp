// Threads add one each to a global sum under a lock. Says nothing; succeeds if the sum is right.
#include <cstdlib>
#include <vector>

#include <twill/twill.hpp>

twill::Lock my_lock;
int sum = 0;

void adder() {
  my_lock.acquire();
  ++sum;
  my_lock.release();
}

int main(int argc, char** argv) {
  const int n = argc > 1 ? std::atoi(argv[1]) : 1;
  std::vector<twill::Thread> threads;
  for (int i = 0; i < n; ++i) threads.emplace_back(adder);
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();

  const bool mine = my_lock.acquire(false);  // returns at once
  if (mine) my_lock.release();
  return mine && sum == n ? EXIT_SUCCESS : EXIT_FAILURE;
}
