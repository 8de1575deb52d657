// Readers and writers; but readers who keep coming must not keep a writer out for ever.
//
// The Little Book of Semaphores (A. Downey): No-starve readers-writers. While a writer stands at
// the door, a reader who was already past the turnstile may still come in, but nobody may twice.
#include "lightswitch.hpp"
#include "puzzle.hpp"

void library(bool has_turnstile) {
  twill::Semaphore empty(1, {"empty"}), turnstile(1, {"turnstile"});
  puzzle::Lightswitch readers(empty);
  puzzle::Count at_the_door("writer at the door"), writing("writing");

  const auto write = [&] {
    if (has_turnstile) turnstile.acquire();
    ++at_the_door;
    empty.acquire();
    --at_the_door;
    ++writing;
    --writing;
    if (has_turnstile) turnstile.release();
    empty.release();
  };
  const auto read = [&] {
    int overtaken = 0;
    for (int i = 0; i < 2; ++i) {
      if (has_turnstile) {
        turnstile.acquire();
        turnstile.release();
      }
      readers.lock();
      twill::check(writing == 0);
      if (at_the_door > 0) ++overtaken;
      readers.unlock();
    }
    twill::check(overtaken < 2);
  };
  puzzle::play({{"reader", read, 2}, {"writer", write}});
}

void right() { library(true); }
void wrong() { library(false); }

int main() {
  return puzzle::verdict(
      {.right = {{"a writer who waits stops the turnstile", right}},
       .wrong = {{"readers hand the room to each other", wrong, "check failed"}}});
}
