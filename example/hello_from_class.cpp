// The same fifteen greetings from a class that derives from Thread.
#include <vector>

#include <twill/twill.hpp>

class Hello : public twill::Thread {
  void run() override {
    for (int i = 0; i < 5; ++i) twill::print("hello from thread {}\n", name());
  }
};

int main() {
  std::vector<twill::Thread> threads;
  for (int i = 0; i < 3; ++i) threads.push_back(twill::make_thread<Hello>());
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}
