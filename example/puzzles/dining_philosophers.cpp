// Philosophers at a round table: a fork lies between any two, and each needs both of its forks.
//
// The Little Book of Semaphores (A. Downey): Dining philosophers, with its two cures, and with that
// of A. Tanenbaum, under which two neighbours can keep a philosopher hungry for ever.
#include <array>

#include "puzzle.hpp"

constexpr int kPhilosophers = 3;

struct Table {
  std::array<twill::Semaphore, kPhilosophers> fork = {twill::Semaphore(1, {"fork 0"}),
                                                      twill::Semaphore(1, {"fork 1"}),
                                                      twill::Semaphore(1, {"fork 2"})};
  std::array<twill::Shared<int>, kPhilosophers> used = {
      twill::Shared(0, "used 0"), twill::Shared(0, "used 1"), twill::Shared(0, "used 2")};

  void take(int i) { fork[i].acquire(); }
  void put(int i) { fork[i].release(); }
  void eat(int left, int right) {
    used[left] += 1;
    used[right] += 1;
  }
};

int next_to(int i) { return (i + 1) % kPhilosophers; }

void right_footman() {
  Table table;
  twill::Semaphore footman(kPhilosophers - 1, {"footman"});
  const auto dine = [&](int i) {
    footman.acquire();
    table.take(i), table.take(next_to(i));
    table.eat(i, next_to(i));
    table.put(i), table.put(next_to(i));
    footman.release();
  };
  puzzle::play({{"philosopher", dine, kPhilosophers}});
}

void in_order(bool has_left_hander) {
  Table table;
  const auto dine = [&](int i) {
    int first = i, second = next_to(i);
    if (has_left_hander && i == 0) std::swap(first, second);
    table.take(first), table.take(second);
    table.eat(first, second);
    table.put(first), table.put(second);
  };
  puzzle::play({{"philosopher", dine, kPhilosophers}});
}

void right_left_hander() { in_order(true); }
void wrong_same_hand() { in_order(false); }

int main() {
  return puzzle::verdict(
      {.right = {{"a footman keeps one of them away", right_footman},
                 {"one of them is left-handed", right_left_hander}},
       .wrong = {{"all take the same fork first", wrong_same_hand, "deadlock"}}});
}
