// Two threads meet: neither takes its second step before the other one has taken its first.
//
// The Little Book of Semaphores (A. Downey): Rendezvous.
#include "puzzle.hpp"

void meet(bool waits_first) {
  twill::Semaphore ann_came(0, {"ann came"}), bob_came(0, {"bob came"});
  twill::Shared ann(false, "ann"), bob(false, "bob");  // has taken the first step

  const auto walk = [&](auto& me, auto& i_came, auto& other_came, auto& other) {
    me = true;
    if (waits_first) other_came.acquire();
    i_came.release();
    if (!waits_first) other_came.acquire();
    twill::check(other);
  };
  puzzle::play({{"ann", [&] { walk(ann, ann_came, bob_came, bob); }},
                {"bob", [&] { walk(bob, bob_came, ann_came, ann); }}});
}

void right() { meet(false); }
void wrong() { meet(true); }

int main() {
  return puzzle::verdict({.right = {{"each says that it came, then waits", right}},
                          .wrong = {{"each waits first", wrong, "deadlock"}}});
}
