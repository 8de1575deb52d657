// Two functions print two lines each under a lock, five times: the pairs are never torn.
#include <twill/twill.hpp>

twill::Lock lock;

void first_function() {
  for (int i = 0; i < 5; ++i) {
    lock.acquire();
    twill::print("lock acquired\n");
    twill::print("Executing the first funcion\n");
    lock.release();
  }
}

void second_function() {
  for (int i = 0; i < 5; ++i) {
    lock.acquire();
    twill::print("lock acquired\n");
    twill::print("Executing the second function\n");
    lock.release();
  }
}

int main() {
  twill::Thread one(first_function), two(second_function);
  one.start();
  two.start();
  one.join();
  two.join();
}
