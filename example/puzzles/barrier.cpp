// Nobody passes the barrier before all have come to it.
//
// The Little Book of Semaphores (A. Downey): Barrier. Its two mistakes: a turnstile that lets only
// one through, and one that is waited for with the lock in hand.
#include "puzzle.hpp"

constexpr int kThreads = 2;

struct Barrier {
  twill::Semaphore mutex{1, {"mutex"}}, turnstile{0, {"turnstile"}};
  twill::Shared<int> count{0, "count"};

  void arrive() {
    count += 1;
    if (count == kThreads) turnstile.release();
  }
};

void meet(void pass(Barrier&)) {
  Barrier barrier;
  puzzle::Count came("came");
  puzzle::play({{"thread",
                 [&] {
                   ++came;
                   pass(barrier);
                   twill::check(came == kThreads);
                 },
                 kThreads}});
}

void right() {
  meet([](Barrier& barrier) {
    barrier.mutex.acquire();
    barrier.arrive();
    barrier.mutex.release();
    barrier.turnstile.acquire();
    barrier.turnstile.release();  // for the next one
  });
}

void wrong_only_one_passes() {
  meet([](Barrier& barrier) {
    barrier.mutex.acquire();
    barrier.arrive();
    barrier.mutex.release();
    barrier.turnstile.acquire();
  });
}

void wrong_waits_with_the_lock() {
  meet([](Barrier& barrier) {
    barrier.mutex.acquire();
    barrier.arrive();
    barrier.turnstile.acquire();
    barrier.turnstile.release();
    barrier.mutex.release();
  });
}

int main() {
  return puzzle::verdict(
      {.right = {{"who passes opens for the next", right}},
       .wrong = {{"only one passes", wrong_only_one_passes, "deadlock"},
                 {"waits with the lock in hand", wrong_waits_with_the_lock, "deadlock"}}});
}
