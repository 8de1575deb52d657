// A barber sleeps until a customer comes. Who finds the shop full leaves; one at a time has a
// haircut, and both know when it is done.
//
// The Little Book of Semaphores (A. Downey): Barbershop, after E. Dijkstra.
#include "puzzle.hpp"

constexpr int kRoom = 2, kCustomers = 3;

void open(bool both_wait_for_the_end) {
  twill::Semaphore customer(0, {"customer"}), barber(0, {"barber"});
  twill::Semaphore customer_done(0, {"customer done"}), barber_done(0, {"barber done"});
  twill::Lock lock({.name = "lock"});
  twill::Shared in_shop(0, "in shop");
  twill::Shared closed(false, "closed");
  puzzle::Count in_chair("in chair");

  const auto visit = [&] {
    {
      twill::Hold hold(lock);
      if (in_shop == kRoom) return;
      in_shop += 1;
    }
    customer.release();
    barber.acquire();
    twill::check(++in_chair == 1);
    --in_chair;
    if (both_wait_for_the_end) {
      customer_done.release();
      barber_done.acquire();
    }
    twill::Hold hold(lock);
    in_shop -= 1;
  };
  const auto cut_hair = [&] {
    for (;;) {
      customer.acquire();
      if (closed) return;
      barber.release();
      if (!both_wait_for_the_end) continue;
      customer_done.acquire();
      barber_done.release();
    }
  };
  twill::Thread shop({.name = "barber"}, cut_hair);
  shop.start();
  puzzle::play({{"customer", visit, kCustomers}});
  closed = true;
  customer.release();
  shop.join();
}

void right() { open(true); }
void wrong() { open(false); }

int main() {
  return puzzle::verdict(
      {.right = {{"they meet before the haircut and after it", right}},
       .wrong = {{"the barber does not wait until the chair is free", wrong, "check failed"}}});
}
