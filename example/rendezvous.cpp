// Two threads meet: neither takes its second step before the other has taken its first.
//
// The Little Book of Semaphores (A. Downey), 3.3: each signals its own arrival and waits for the
// other's.
#include <twill/twill.hpp>

int main() {
  twill::Semaphore a_arrived(0), b_arrived(0);

  twill::Thread a([&] {
    twill::print("a1\n");
    a_arrived.release();
    b_arrived.acquire();
    twill::print("a2\n");
  });
  twill::Thread b([&] {
    twill::print("b1\n");
    b_arrived.release();
    a_arrived.acquire();
    twill::print("b2\n");
  });

  a.start();
  b.start();
  a.join();
  b.join();
}
