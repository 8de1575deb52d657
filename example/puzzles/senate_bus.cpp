// Who waits when the bus comes rides with it; who comes while the others board waits for the next.
//
// The Little Book of Semaphores (A. Downey): Senate bus. The bus has to keep the lock of the stop
// until all have boarded.
#include "puzzle.hpp"

constexpr int kRiders = 2;

void stop(bool keeps_lock) {
  twill::Semaphore mutex(1, {"mutex"}), bus(0, {"bus"}), boarded(0, {"boarded"});
  twill::Semaphore somebody(0, {"somebody"});  // a permit for each who has come
  twill::Shared riders(0, "riders"), buses(0, "buses");

  const auto ride = [&] {
    mutex.acquire();
    riders += 1;
    const int before_me = buses;
    mutex.release();
    somebody.release();
    bus.acquire();
    twill::check(buses > before_me);
    boarded.release();
  };
  const auto drive = [&] {
    mutex.acquire();
    buses += 1;
    const int n = riders;
    riders -= n;
    if (!keeps_lock) mutex.release();
    for (int i = 0; i < n; ++i) {
      bus.release();
      boarded.acquire();
    }
    if (keeps_lock) mutex.release();
  };
  // The second bus comes when everybody has come to the stop.
  const auto buses_of_the_day = [&] {
    drive();
    for (int i = 0; i < kRiders; ++i) somebody.acquire();
    drive();
  };
  puzzle::play({{"bus", buses_of_the_day}, {"rider", ride, kRiders}});
}

void right() { stop(true); }
void wrong() { stop(false); }

int main() {
  return puzzle::verdict(
      {.right = {{"nobody comes to the stop while others board", right}},
       .wrong = {{"who comes late takes another's seat", wrong, "check failed"}}});
}
