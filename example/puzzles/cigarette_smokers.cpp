// An agent lays out two of three ingredients. Only the smoker who has the third one may take them.
//
// The Little Book of Semaphores (A. Downey): Cigarette smokers, after S. Patil. A smoker who takes
// what it can get takes it from the one who is meant; so pushers look first who that is.
#include <array>

#include "puzzle.hpp"

enum { tobacco, paper, matches };

struct Table {
  twill::Semaphore agent{1, {"agent"}};
  std::array<twill::Semaphore, 3> laid_out = {twill::Semaphore(0, {"tobacco"}),
                                              twill::Semaphore(0, {"paper"}),
                                              twill::Semaphore(0, {"matches"})};
  // Two rounds are enough: one for the smoker with tobacco, one for that with paper.
  void lay_out() {
    for (const int other : {paper, tobacco}) {
      agent.acquire();
      laid_out[other].release();
      laid_out[matches].release();
    }
  }
};

void right() {
  Table table;
  twill::Lock lock({.name = "lock"});
  std::array<twill::Shared<int>, 3> seen = {twill::Shared(0, "tobacco"), twill::Shared(0, "paper"),
                                            twill::Shared(0, "matches")};
  std::array<twill::Semaphore, 2> call = {twill::Semaphore(0, {"has tobacco"}),
                                          twill::Semaphore(0, {"has paper"})};

  const auto push = [&](int mine) {
    for (int i = 0; i < (mine == matches ? 2 : 1); ++i) {
      table.laid_out[mine].acquire();
      twill::Hold hold(lock);
      int other = 0;
      while (other < 3 && (other == mine || seen[other] == 0)) ++other;
      if (other == 3) {
        seen[mine] += 1;  // the first of two
      } else {
        seen[other] -= 1;
        call[3 - mine - other].release();
      }
    }
  };
  const auto smoke = [&](int mine) {
    call[mine].acquire();
    table.agent.release();
  };
  puzzle::play({{"agent", [&] { table.lay_out(); }}, {"pusher", push, 3}, {"smoker", smoke, 2}});
}

void wrong() {
  Table table;
  const auto smoke = [&](int mine) {
    table.laid_out[matches].acquire();
    table.laid_out[mine == tobacco ? paper : tobacco].acquire();
    table.agent.release();
  };
  puzzle::play({{"agent", [&] { table.lay_out(); }}, {"smoker", smoke, 2}});
}

int main() {
  return puzzle::verdict({.right = {{"pushers find out who is meant", right}},
                          .wrong = {{"who comes first takes the matches", wrong, "deadlock"}}});
}
