// A barber sleeps until a customer comes; who finds all three chairs taken leaves.
//
// The Little Book of Semaphores (A. Downey), 5.2, after E. Dijkstra.
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

constexpr int kChairs = 3, kCustomers = 8;

twill::Semaphore customer(0), barber(0), customer_done(0), barber_done(0);
twill::Guarded<int> in_shop(0);

bool enter() {
  return in_shop.with([](int& n) { return n < kChairs + 1 && ++n > 0; });
}

void cut_hair() {
  for (;;) {
    customer.acquire();
    barber.release();
    twill::sleep(300ms);
    customer_done.acquire();
    barber_done.release();
  }
}

void visit(int me) {
  if (!enter()) return twill::print("customer {} finds no chair\n", me);
  customer.release();
  barber.acquire();
  twill::print("customer {} has a haircut\n", me);
  customer_done.release();
  barber_done.acquire();
  --*in_shop.lock();
}

int main() {
  twill::Thread shop({.name = "barber", .daemon = true}, cut_hair);
  shop.start();
  std::vector<twill::Thread> customers;
  for (int i = 1; i <= kCustomers; ++i) {
    customers.emplace_back(visit, i).start();
    twill::sleep(110ms);
  }
  for (auto& c : customers) c.join();
  twill::print("{} in the shop\n", *in_shop.lock());
}
