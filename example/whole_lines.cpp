// The same two threads with a lock around both pieces: every line is whole.
#include <twill/twill.hpp>

using namespace std::chrono_literals;

twill::Lock lock;

void write_lines() {
  for (int i = 0; i < 20; ++i) {
    {
      twill::Hold hold(lock);
      twill::print("{}", twill::current_thread().name());
      twill::sleep(100ms);
      twill::print(" Hello World!\n");
    }
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
