// One path through the snow, and two factions: who meets the others on it fights. The faction that
// is fewer gives way: it lets nobody else out until the others have passed.
//
// The Little Book of Semaphores (A. Downey): Modus Hall. The majority has to wait until the path is
// clear before it rules.
#include <array>

#include "puzzle.hpp"

enum Rule { nobody = -1, heathens = 0, prudes = 1 };

struct Path {
  twill::Semaphore mutex{1, {"mutex"}};
  std::array<twill::Semaphore, 2> turn = {twill::Semaphore(1, {"heathens' turn"}),
                                          twill::Semaphore(1, {"prudes' turn"})};
  std::array<twill::Semaphore, 2> queue = {twill::Semaphore(0, {"heathens' queue"}),
                                           twill::Semaphore(0, {"prudes' queue"})};
  std::array<twill::Shared<int>, 2> members = {twill::Shared(0, "heathens"),
                                               twill::Shared(0, "prudes")};
  twill::Shared<int> rule{nobody, "rule"}, next{nobody, "next"};  // next: shut out the others
  std::array<puzzle::Count, 2> crossing = {puzzle::Count("heathens cross"),
                                           puzzle::Count("prudes cross")};

  /// From now on no more of those who rule leave their house.
  void shut_out(int others, int mine) {
    next = mine;
    turn[others].acquire();
  }
};

void walk(bool majority_waits) {
  Path path;
  const auto member = [&](int mine) {
    const int others = 1 - mine;
    path.turn[mine].acquire();
    path.turn[mine].release();

    path.mutex.acquire();
    path.members[mine] += 1;
    bool waits = false;
    if (path.rule == nobody) {
      path.rule = mine;
    } else if (path.rule == others) {
      const bool more = path.members[mine] > path.members[others];
      if (more && path.next == nobody) path.shut_out(others, mine);
      waits = majority_waits || !more;
    }
    path.mutex.release();
    if (waits) path.queue[mine].acquire();

    ++path.crossing[mine];
    twill::check(path.crossing[others] == 0);
    --path.crossing[mine];

    path.mutex.acquire();
    path.members[mine] -= 1;
    if (path.members[mine] == 0) {
      if (path.next == others) path.turn[mine].release();
      path.rule = path.members[others] > 0 ? others : nobody;
      path.next = nobody;
      if (path.members[others] > 0) path.queue[others].release(path.members[others]);
    } else if (path.next == nobody && path.members[others] > path.members[mine]) {
      path.shut_out(mine, others);
    }
    path.mutex.release();
  };
  puzzle::play({{"heathen", [&] { member(heathens); }, 2}, {"prude", [&] { member(prudes); }}});
}

void right() { walk(true); }
void wrong() { walk(false); }

int main() {
  return puzzle::verdict({.right = {{"the majority waits until the path is clear", right}},
                          .wrong = {{"the majority goes at once", wrong, "check failed"}}});
}
