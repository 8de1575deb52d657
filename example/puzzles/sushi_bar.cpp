// Who finds a seat at the bar sits down; but if all seats are taken, they eat together: newcomers
// wait until the whole party has left.
//
// The Little Book of Semaphores (A. Downey): Sushi bar. Its mistake is that a woken guest locks and
// counts again by itself: others come in between.
#include <algorithm>

#include "puzzle.hpp"

constexpr int kGuests = 3;

struct Bar {
  const int seats;
  twill::Semaphore mutex{1, {"mutex"}}, block{0, {"block"}};
  twill::Shared<int> eating{0, "eating"}, waiting{0, "waiting"};
  twill::Shared<bool> full{false, "full"};
  puzzle::Count seated{"seated"};

  void eat() {
    twill::check(++seated <= seats);
    --seated;
  }
  /// The last one of a party lets in as many as there are seats.
  int leave() {
    eating -= 1;
    if (eating > 0) return 0;
    full = false;
    return std::min<int>(seats, waiting);
  }
};

// The last one to leave counts for those who come in.
void right() {
  Bar bar{2};
  const auto guest = [&] {
    bar.mutex.acquire();
    if (bar.full) {
      bar.waiting += 1;
      bar.mutex.release();
      bar.block.acquire();
    } else {
      bar.eating += 1;
      bar.full = bar.eating == bar.seats;
      bar.mutex.release();
    }
    bar.eat();
    bar.mutex.acquire();
    if (const int n = bar.leave(); n > 0) {
      bar.waiting -= n;
      bar.eating += n;
      bar.full = bar.eating == bar.seats;
      bar.block.release(n);
    }
    bar.mutex.release();
  };
  puzzle::play({{"guest", guest, kGuests}});
}

// Whoever is woken counts for itself. One seat is enough to see it.
void wrong() {
  Bar bar{1};
  const auto guest = [&] {
    bar.mutex.acquire();
    if (bar.full) {
      bar.waiting += 1;
      bar.mutex.release();
      bar.block.acquire();
      bar.mutex.acquire();
      bar.waiting -= 1;
    }
    bar.eating += 1;
    bar.full = bar.eating == bar.seats;
    bar.mutex.release();
    bar.eat();
    bar.mutex.acquire();
    if (const int n = bar.leave(); n > 0) bar.block.release(n);
    bar.mutex.release();
  };
  puzzle::play({{"guest", guest, kGuests}});
}

int main() {
  return puzzle::verdict(
      {.right = {{"whoever leaves counts for those who come in", right}},
       .wrong = {{"whoever comes in counts for itself", wrong, "check failed"}}});
}
