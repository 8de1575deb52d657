// C++'s own thread_local: each thread counts for itself, and adds to the sum in the end.
#include <chrono>

#include <twill/twill.hpp>

thread_local int mine = 0;
int sum = 0;
twill::Lock lock;

void count() {
  for (int i = 0; i < 3; ++i) {
    twill::sleep(std::chrono::milliseconds(1));
    ++mine;
  }
  const twill::Hold hold(lock);
  sum += mine;
}

int main() {
  twill::Thread one(count), two(count);
  one.start(), two.start();
  one.join(), two.join();
  twill::print("sum {}, of which main has {}\n", sum, mine);
  return sum == 6 && mine == 0 ? 0 : 1;
}
