// Any number of readers may be in the room at once, but a writer only alone.
//
// The Little Book of Semaphores (A. Downey): Readers-writers.
#include "lightswitch.hpp"
#include "puzzle.hpp"

struct Room {
  puzzle::Count readers{"readers"}, writers{"writers"};

  void read() {
    ++readers;
    twill::check(writers == 0);
    --readers;
  }
  void write() {
    ++writers;
    twill::check(readers == 0);
    --writers;
  }
};

void right() {
  Room room;
  twill::Semaphore empty(1, {"empty"});
  puzzle::Lightswitch readers(empty);
  const auto read = [&] {
    readers.lock();
    room.read();
    readers.unlock();
  };
  const auto write = [&] {
    empty.acquire();
    room.write();
    empty.release();
  };
  puzzle::play({{"reader", read, 2}, {"writer", write}});
}

// The second reader does not wait until the first one has the room.
void wrong() {
  Room room;
  twill::Semaphore empty(1, {"empty"});
  twill::Lock lock({.name = "lock"});
  twill::Shared readers(0, "inside");
  const auto count = [&](int n) {
    twill::Hold hold(lock);
    readers += n;
    return readers.get();
  };
  const auto read = [&] {
    if (count(+1) == 1) empty.acquire();
    room.read();
    if (count(-1) == 0) empty.release();
  };
  const auto write = [&] {
    empty.acquire();
    room.write();
    empty.release();
  };
  puzzle::play({{"reader", read, 2}, {"writer", write}});
}

int main() {
  return puzzle::verdict(
      {.right = {{"the first reader takes the room, under the lock of the count", right}},
       .wrong = {{"the first reader takes the room, after the count", wrong, "check failed"}}});
}
