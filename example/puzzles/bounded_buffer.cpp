// A producer, a consumer, and a buffer with little room: the producer waits while it is full.
//
// The Little Book of Semaphores (A. Downey): Producer-consumer with a finite buffer. To look at the
// buffer first and to put something in later does not do, if there are two producers.
#include "puzzle.hpp"

constexpr int kRoom = 1, kProducers = 2;

struct Shop {
  twill::Lock lock{{.name = "lock"}};
  twill::Condition taken{lock, {"taken"}};
  twill::Semaphore items{0, {"items"}}, room{kRoom, {"room"}};
  twill::Shared<int> buffer{0, "buffer"};  // how many are in it

  void put() {
    twill::Hold hold(lock);
    buffer += 1;
    twill::check(buffer <= kRoom);
  }
  void take() {
    twill::Hold hold(lock);
    buffer -= 1;
    taken.notify();
  }
};

void trade(void await_room(Shop&)) {
  Shop shop;
  const auto produce = [&] {
    await_room(shop);
    shop.put();
    shop.items.release();
  };
  const auto consume = [&] {
    for (int i = 0; i < kProducers; ++i) {
      shop.items.acquire();
      shop.take();
      shop.room.release();
    }
  };
  puzzle::play({{"producer", produce, kProducers}, {"consumer", consume}});
}

void right() {
  trade([](Shop& shop) { shop.room.acquire(); });
}

void wrong_no_limit() {
  trade([](Shop&) {});
}

void wrong_looks_first() {
  trade([](Shop& shop) {
    twill::Hold hold(shop.lock);
    while (shop.buffer == kRoom) shop.taken.wait();
  });
}

int main() {
  return puzzle::verdict({.right = {{"a permit for each place", right}},
                          .wrong = {{"nobody counts the places", wrong_no_limit, "check failed"},
                                    {"look, then put", wrong_looks_first, "check failed"}}});
}
