// Three threads say hello five times each.
#include <vector>

#include <twill/twill.hpp>

void hello() {
  for (int i = 0; i < 5; ++i)
    twill::print("hello from thread {}\n", twill::current_thread().name());
}

int main() {
  std::vector<twill::Thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(hello);
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}
