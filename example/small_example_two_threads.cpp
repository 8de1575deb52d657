// Two threads: the second prints its 3 while the first one sleeps.
#include <twill/twill.hpp>

using namespace std::chrono_literals;

void first() {
  twill::print("1\n");
  twill::sleep(10s);
  twill::print("Done sleeping\n");
  twill::print("2\n");
}

void second() { twill::print("3\n"); }

int main() {
  twill::Thread one(first), two(second);
  one.start();
  twill::sleep(10ms);  // both run at once: let the first one begin
  two.start();
  one.join();
  two.join();
}
