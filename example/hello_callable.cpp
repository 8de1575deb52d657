// The same ten greetings from a function that each thread is given.
#include <vector>

#include <twill/twill.hpp>

void run() { twill::print("{} Hello World!\n", twill::current_thread().name()); }

int main() {
  std::vector<twill::Thread> threads;
  for (int i = 0; i < 10; ++i) threads.emplace_back(run);
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}
