// Sorting without comparing: each number sleeps as long as it is large, then prints itself.
#include <cstdlib>
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  std::vector<int> numbers;
  for (int i = 1; i < argc; ++i) numbers.push_back(std::atoi(argv[i]));
  if (numbers.empty()) numbers = {31, 4, 15, 9, 26, 5, 35, 8, 97, 93};

  std::vector<twill::Thread> threads;
  for (int number : numbers)
    threads.emplace_back([number] {
      twill::sleep(number * 10ms);
      twill::print("{}\n", number);
    });
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}
