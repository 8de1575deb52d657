// Savages help themselves from a pot. Who finds it empty wakes the cook and waits until it is full.
//
// The Little Book of Semaphores (A. Downey): Dining savages. To look into the pot and to take from
// it has to be one step.
#include "puzzle.hpp"

constexpr int kServings = 1, kSavages = 2;

void dine(bool lets_go) {
  twill::Semaphore mutex(1, {"mutex"}), empty(0, {"empty"}), full(0, {"full"});
  twill::Shared servings(0, "servings");

  const auto savage = [&] {
    mutex.acquire();
    if (servings == 0) {
      empty.release();
      full.acquire();
    }
    if (lets_go) {
      mutex.release();
      mutex.acquire();
    }
    twill::check(servings > 0);
    servings -= 1;
    mutex.release();
  };
  const auto cook = [&] {
    for (int i = 0; i < kSavages / kServings; ++i) {
      empty.acquire();
      servings = kServings;
      full.release();
    }
  };
  puzzle::play({{"cook", cook}, {"savage", savage, kSavages}});
}

void right() { dine(false); }
void wrong() { dine(true); }

int main() {
  return puzzle::verdict({.right = {{"the lock is held from the look to the meal", right}},
                          .wrong = {{"the lock is let go in between", wrong, "check failed"}},
                          .options = {.runs = 100'000}});
}
