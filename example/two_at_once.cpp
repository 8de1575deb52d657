// A semaphore lets two of six threads write at once: jumbled, but never by three.
#include <algorithm>
#include <atomic>
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

twill::Semaphore writers(2);
twill::Guarded<std::vector<int>> seen;  // how many were inside, each time one came in
std::atomic<int> inside{0};

void hello() {
  for (int i = 0; i < 3; ++i) {
    writers.acquire();
    seen.lock()->push_back(++inside);
    twill::print("hello from ");
    twill::sleep(10ms);
    twill::print("{}\n", twill::current_thread().name());
    --inside;
    writers.release();
  }
}

int main() {
  std::vector<twill::Thread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back(hello);
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
  twill::print("at most {} at once\n", std::ranges::max(*seen.lock()));
}
