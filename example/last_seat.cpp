// One seat is left, and two think of buying it. What each of them decides is part of the search,
// too.
#include <twill/tools/atomic.hpp>
#include <twill/tools/explore.hpp>
#include <twill/twill.hpp>

void sell(bool at_once) {
  twill::Atomic seats(1, "seats"), sold(0, "sold");
  const auto buy = [&] {
    if (twill::choose(2) == 0) return;  // likes no seat
    int left = seats;
    if (at_once)
      while (left > 0 && !seats.compare_exchange(left, left - 1)) {
      }
    else
      seats = left - 1;
    if (left > 0) ++sold;
  };
  twill::Thread ann({.name = "Ann"}, buy), ben({.name = "Ben"}, buy);
  ann.start();
  ben.start();
  ann.join();
  ben.join();
  twill::check(sold <= 1);
}

int main() {
  twill::print("Look, then take: {}\n", twill::explore([] { sell(false); }).report());
  twill::print("At once: {}\n", twill::explore([] { sell(true); }).report());
}
