// Two threads write their lines in two pieces, without a lock: most lines are torn.
#include <twill/twill.hpp>

using namespace std::chrono_literals;

void write_lines() {
  for (int i = 0; i < 20; ++i) {
    twill::print("{}", twill::current_thread().name());
    twill::sleep(100ms);
    twill::print(" Hello World!\n");
    twill::sleep(100ms);
  }
}

int main() {
  twill::Thread one(write_lines), two(write_lines);
  one.start();
  two.start();
  one.join();
  two.join();
}
