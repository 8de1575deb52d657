// Two workers take numbers from a queue and print their squares, until it is shut down.
#include <twill/twill.hpp>

int main() {
  twill::Queue<int> numbers({.maxsize = 10});
  auto work = [&] {
    for (int n : numbers)  // until it is shut down
      twill::print("{}: {} squared is {}\n", twill::current_thread().name(), n, n * n);
  };
  twill::Thread one(work), two(work);
  one.start();
  two.start();
  for (int n = 1; n <= 6; ++n) numbers.put(n);
  numbers.shutdown();
  one.join();
  two.join();
}
