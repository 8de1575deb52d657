// Readers and writers; once a writer has come, no reader comes in before all writers are through.
//
// The Little Book of Semaphores (A. Downey): Writer-priority readers-writers. The turnstile of the
// solution without starvation is not enough: a reader may slip in between two writers.
#include "lightswitch.hpp"
#include "puzzle.hpp"

void right() {
  twill::Semaphore no_readers(1, {"no readers"}), no_writers(1, {"no writers"});
  puzzle::Lightswitch readers(no_writers, "readers"), writers(no_readers, "writers");
  puzzle::Count came("came"), went("went");

  const auto write = [&] {
    writers.lock();
    ++came;
    no_writers.acquire();
    ++went;
    no_writers.release();
    writers.unlock();
  };
  const auto read = [&] {
    const int before_me = came;
    no_readers.acquire();
    readers.lock();
    no_readers.release();
    twill::check(went >= before_me);
    readers.unlock();
  };
  puzzle::play({{"writer", write, 2}, {"reader", read}});
}

void wrong() {
  twill::Semaphore turnstile(1, {"turnstile"}), empty(1, {"empty"});
  puzzle::Lightswitch readers(empty, "readers");
  puzzle::Count came("came"), went("went");

  const auto write = [&] {
    ++came;
    turnstile.acquire();
    empty.acquire();
    ++went;
    turnstile.release();
    empty.release();
  };
  const auto read = [&] {
    const int before_me = came;
    turnstile.acquire();
    turnstile.release();
    readers.lock();
    twill::check(went >= before_me);
    readers.unlock();
  };
  puzzle::play({{"writer", write, 2}, {"reader", read}});
}

int main() {
  return puzzle::verdict(
      {.right = {{"the first writer shuts the readers out, the last one lets them in", right}},
       .wrong = {{"all stand at one turnstile", wrong, "check failed"}}});
}
