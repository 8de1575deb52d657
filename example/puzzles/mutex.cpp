// Two threads count together: no count may be lost.
//
// The Little Book of Semaphores (A. Downey): Mutex.
#include "puzzle.hpp"

void count(int permits) {
  twill::Semaphore mutex(permits, {"mutex"});
  twill::Shared counted(0, "counted");

  const auto add = [&] {
    mutex.acquire();
    counted += 1;  // a read, and later a write
    mutex.release();
  };
  puzzle::play({{"ann", add}, {"bob", add}});
  twill::check(counted == 2);
}

void right() { count(1); }
void wrong() { count(2); }

int main() {
  return puzzle::verdict(
      {.right = {{"one at a time", right}}, .wrong = {{"two may come in", wrong, "check failed"}}});
}
