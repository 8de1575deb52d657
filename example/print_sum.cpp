// A thread that adds two numbers. It starts when start() is called, not before.
#include <cassert>

#include <twill/twill.hpp>

void print_sum(int a, int b) { twill::print("The sum of {} and {} is {}\n", a, b, a + b); }

int main() {
  twill::Thread thread(print_sum, 1, 2);
  assert(!thread.is_alive());
  thread.start();
  thread.join();
  assert(!thread.is_alive());
}
