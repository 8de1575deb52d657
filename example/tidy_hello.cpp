// Threads that write their greetings in pieces, made tidy by a lock for the standard output.
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

twill::Lock stdout_lock;

void hello() {
  for (int i = 0; i < 5; ++i) {
    {
      twill::Hold hold(stdout_lock);
      for (const char* piece : {"hello", " from", " thread "}) twill::print("{}", piece);
      twill::sleep(10ms);
      twill::print("{}\n", twill::current_thread().name());
    }
    twill::sleep(10ms);
  }
}

int main() {
  std::vector<twill::Thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(hello);
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}
