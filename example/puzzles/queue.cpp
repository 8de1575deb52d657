// Leaders and followers wait in two queues, and dance in pairs: one of each at a time.
//
// The Little Book of Semaphores (A. Downey): Queue, and exclusive queue. With two semaphores alone
// leader and follower wait for each other, but the next pair is on the floor before they are off.
#include <array>

#include "puzzle.hpp"

enum Kind { leader, follower };

struct Floor {
  std::array<puzzle::Count, 2> dancing = {puzzle::Count("leaders dancing"),
                                          puzzle::Count("followers dancing")};

  void dance(Kind kind) {
    twill::check(++dancing[kind] == 1);
    --dancing[kind];
  }
};

void right() {
  twill::Semaphore mutex(1, {"mutex"}), danced(0, {"danced"});
  std::array<twill::Semaphore, 2> queue = {twill::Semaphore(0, {"leaders"}),
                                           twill::Semaphore(0, {"followers"})};
  std::array<twill::Shared<int>, 2> waiting = {twill::Shared(0, "leaders"),
                                               twill::Shared(0, "followers")};
  Floor floor;

  const auto come = [&](Kind kind) {
    const Kind other = kind == leader ? follower : leader;
    mutex.acquire();  // until the pair has danced
    if (waiting[other] > 0) {
      waiting[other] -= 1;
      queue[other].release();
    } else {
      waiting[kind] += 1;
      mutex.release();
      queue[kind].acquire();
    }
    floor.dance(kind);
    if (kind == follower) return danced.release();
    danced.acquire();
    mutex.release();
  };
  puzzle::play({{"leader", [&] { come(leader); }, 2}, {"follower", [&] { come(follower); }, 2}});
}

void wrong() {
  std::array<twill::Semaphore, 2> queue = {twill::Semaphore(0, {"leaders"}),
                                           twill::Semaphore(0, {"followers"})};
  Floor floor;
  const auto come = [&](Kind kind) {
    queue[kind == leader ? follower : leader].release();
    queue[kind].acquire();
    floor.dance(kind);
  };
  puzzle::play({{"leader", [&] { come(leader); }, 2}, {"follower", [&] { come(follower); }, 2}});
}

int main() {
  return puzzle::verdict({.right = {{"the pair on the floor holds the lock", right}},
                          .wrong = {{"they only wait for each other", wrong, "check failed"}}});
}
