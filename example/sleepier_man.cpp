// The thread sleeps for four seconds: main is done before, but the program waits for him.
#include <twill/twill.hpp>

using namespace std::chrono_literals;

void sleepy_man(std::chrono::seconds time) {
  twill::print("Starting to sleep inside\n");
  twill::sleep(time);
  twill::print("Woke up inside\n");
}

int main() {
  twill::Thread man(sleepy_man, 4s);
  man.start();
  twill::sleep(10ms);  // let him begin: main does not wait for that
  twill::print("{}\n", twill::active_count());
  twill::sleep(1200ms);
  twill::print("Done\n");
}
