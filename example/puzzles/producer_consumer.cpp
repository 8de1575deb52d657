// A producer puts items into a buffer, a consumer takes them out and waits while there is none.
//
// The Little Book of Semaphores (A. Downey): Producer-consumer. Its mistake is to wait with the
// lock of the buffer in hand; another one is to announce an item before it is there.
#include "puzzle.hpp"

constexpr int kItems = 2;

struct Shop {
  twill::Lock lock{{.name = "lock"}};
  twill::Semaphore items{0, {"items"}};
  twill::Shared<int> buffer{0, "buffer"};  // how many are in it

  void put() {
    twill::Hold hold(lock);
    buffer += 1;
  }
  void take() {
    twill::Hold hold(lock);
    twill::check(buffer > 0);
    buffer -= 1;
  }
};

void trade(void produce(Shop&), void consume(Shop&)) {
  Shop shop;
  const auto times = [&](auto act) {
    return [&shop, act] {
      for (int i = 0; i < kItems; ++i) act(shop);
    };
  };
  puzzle::play({{"producer", times(produce)}, {"consumer", times(consume)}});
}

void produce(Shop& shop) {
  shop.put();
  shop.items.release();
}

void consume(Shop& shop) {
  shop.items.acquire();
  shop.take();
}

void right() { trade(produce, consume); }

void wrong_announces() {
  const auto announce = [](Shop& shop) {
    shop.items.release();
    shop.put();
  };
  trade(announce, consume);
}

void wrong_waits() {
  const auto wait_with_the_lock = [](Shop& shop) {
    twill::Hold hold(shop.lock);
    shop.items.acquire();
    shop.buffer -= 1;
  };
  trade(produce, wait_with_the_lock);
}

int main() {
  return puzzle::verdict(
      {.right = {{"put, then announce; wait, then lock", right}},
       .wrong = {{"announced before it is there", wrong_announces, "check failed"},
                 {"waits with the lock in hand", wrong_waits, "deadlock"}},
       .options = {.runs = 100'000}});
}
