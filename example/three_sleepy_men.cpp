// Three threads fall asleep in the order 0, 1, 2 and wake up in the order 2, 1, 0.
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

void sleepy_man(std::chrono::seconds time, int iteration) {
  twill::print("Starting to sleep inside - Iteration {}\n", iteration);
  twill::sleep(time);
  twill::print("Woke up inside - Iteration {}\n", iteration);
}

int main() {
  std::vector<twill::Thread> men;
  for (int i = 0; i < 3; ++i) {
    men.emplace_back(sleepy_man, 5s - i * 1s, i).start();
    twill::sleep(10ms);  // let him begin before the next one does
  }
  twill::print("Active threads-  {}\n", twill::active_count());
  for (auto& man : men) man.join();
}
