// Ten threads say hello: the lines may change places, but each comes once and whole.
//
// A thread by subclassing: run() is what it does.
#include <vector>

#include <twill/twill.hpp>

class Hello : public twill::Thread {
  void run() override { twill::print("{} Hello World!\n", name()); }
};

int main() {
  std::vector<twill::Thread> threads;
  for (int i = 0; i < 10; ++i) threads.push_back(twill::make_thread<Hello>());
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}
