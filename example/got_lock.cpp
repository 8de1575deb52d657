// Threads wait in line for a function that one at a time may run.
#include <vector>

#include <twill/twill.hpp>

twill::Lock lock;

void f() {
  twill::Hold hold(lock);
  twill::print("{} got lock\n", twill::current_thread().name());
}

int main() {
  std::vector<twill::Thread> threads;
  for (int i = 0; i < 5; ++i) threads.emplace_back(f);
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}
