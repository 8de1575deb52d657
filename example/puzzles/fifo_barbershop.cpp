// A barbershop in which customers are served in the order in which they came.
//
// The Little Book of Semaphores (A. Downey): FIFO barbershop. A semaphore wakes whom it likes, so
// each customer waits for one of its own.
#include "fifo.hpp"
#include "puzzle.hpp"

constexpr int kCustomers = 2;

struct Shop {
  twill::Semaphore customer{0, {"customer"}};
  twill::Semaphore customer_done{0, {"customer done"}}, barber_done{0, {"barber done"}};
  puzzle::Count tickets{"tickets"}, served{"served"};

  void have_haircut(int ticket) {
    twill::check(++served == ticket);
    customer_done.release();
    barber_done.acquire();
  }
};

template <class Visit, class Call>
void open(Shop& shop, Visit visit, Call call) {
  const auto cut_hair = [&] {
    for (int i = 0; i < kCustomers; ++i) {
      shop.customer.acquire();
      call();
      shop.customer_done.acquire();
      shop.barber_done.release();
    }
  };
  puzzle::play({{"barber", cut_hair}, {"customer", visit, kCustomers}});
}

void right() {
  Shop shop;
  puzzle::Fifo barber(0, "barber");
  const auto visit = [&] {
    int ticket = 0;
    barber.acquire([&] {
      ticket = ++shop.tickets;
      shop.customer.release();
    });
    shop.have_haircut(ticket);
  };
  open(shop, visit, [&] { barber.release(); });
}

void wrong() {
  Shop shop;
  twill::Semaphore barber(0, {"barber"});
  const auto visit = [&] {
    const int ticket = ++shop.tickets;
    shop.customer.release();
    barber.acquire();
    shop.have_haircut(ticket);
  };
  open(shop, visit, [&] { barber.release(); });
}

int main() {
  return puzzle::verdict({.right = {{"a line of semaphores, one for each", right}},
                          .wrong = {{"all wait for one semaphore", wrong, "check failed"}}});
}
