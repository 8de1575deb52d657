// A boat carries four people: hackers or serfs alone, or two of each. One of them rows, when all
// are on board.
//
// The Little Book of Semaphores (A. Downey): River crossing.
#include <array>

#include "puzzle.hpp"

void cross(bool has_barrier) {
  twill::Semaphore mutex(1, {"mutex"});
  std::array<twill::Semaphore, 2> queue = {twill::Semaphore(0, {"hackers' queue"}),
                                           twill::Semaphore(0, {"serfs' queue"})};
  std::array<twill::Shared<int>, 2> waiting = {twill::Shared(0, "hackers"),
                                               twill::Shared(0, "serfs")};
  twill::Barrier barrier(4);
  puzzle::Count aboard("aboard");

  const auto come = [&](int kind) {
    bool rows = true;
    mutex.acquire();  // who rows keeps it until they are over
    waiting[kind] += 1;
    if (waiting[kind] == 4) {
      waiting[kind] -= 4;
      queue[kind].release(4);
    } else if (waiting[kind] == 2 && waiting[1 - kind] >= 2) {
      for (const int each : {0, 1}) {
        waiting[each] -= 2;
        queue[each].release(2);
      }
    } else {
      rows = false;
      mutex.release();
    }
    queue[kind].acquire();
    ++aboard;
    if (has_barrier) barrier.wait();
    if (!rows) return;
    twill::check(aboard == 4);
    mutex.release();
  };
  puzzle::play({{"hacker", [&] { come(0); }, 2}, {"serf", [&] { come(1); }, 2}});
}

void right() { cross(true); }
void wrong() { cross(false); }

int main() {
  return puzzle::verdict({.right = {{"all meet at a barrier in the boat", right}},
                          .wrong = {{"who came last rows at once", wrong, "check failed"}},
                          .options = {.runs = 500'000, .by = twill::SearchBy::depth_first}});
}
