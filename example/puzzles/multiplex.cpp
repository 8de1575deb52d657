// At most two threads may be in a room, and three want to.
//
// The Little Book of Semaphores (A. Downey): Multiplex.
#include "puzzle.hpp"

constexpr int kPlaces = 2, kGuests = 3;

void visit(bool gives_back_early) {
  twill::Semaphore places(kPlaces, {"places"});
  puzzle::Count inside("inside");
  const auto guest = [&] {
    places.acquire();
    twill::check(++inside <= kPlaces);
    if (gives_back_early) places.release();
    --inside;
    if (!gives_back_early) places.release();
  };
  puzzle::play({{"guest", guest, kGuests}});
}

void right() { visit(false); }
void wrong() { visit(true); }

int main() {
  return puzzle::verdict(
      {.right = {{"a permit for each place", right}},
       .wrong = {{"the permit is given back before leaving", wrong, "check failed"}}});
}
