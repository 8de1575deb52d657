// A barrier that a loop can pass again and again: nobody may be a round ahead.
//
// The Little Book of Semaphores (A. Downey): Reusable barrier. Its two mistakes: to look at the
// count without the lock, and to leave the turnstile open while somebody still passes.
#include "puzzle.hpp"

constexpr int kThreads = 2, kRounds = 2;

struct Turnstiles {
  twill::Lock lock;
  twill::Semaphore first{0, {"first"}}, second{0, {"second"}};
  twill::Shared<int> count{0, "count"};

  int add(int n) {
    twill::Hold hold(lock);
    count += n;
    return count;
  }
};

void loop(void pass(Turnstiles&)) {
  Turnstiles turnstiles;
  puzzle::Count came("came");
  puzzle::play({{"thread",
                 [&] {
                   for (int round = 1; round <= kRounds; ++round) {
                     ++came;
                     pass(turnstiles);
                     twill::check(came >= round * kThreads);
                   }
                 },
                 kThreads}});
}

// The last one to come opens for all, and so does the last one to go.
void right() {
  loop([](Turnstiles& t) {
    if (t.add(+1) == kThreads) t.first.release(kThreads);
    t.first.acquire();
    if (t.add(-1) == 0) t.second.release(kThreads);
    t.second.acquire();
  });
}

// Both may come to see the full count.
void wrong_count() {
  loop([](Turnstiles& t) {
    t.add(+1);
    if (t.add(0) == kThreads) t.first.release();
    t.first.acquire();
    t.first.release();
    t.add(-1);
    if (t.add(0) == 0) t.first.acquire();
  });
}

// Who is fast finds the turnstile still open when it comes round again.
void wrong_lap() {
  loop([](Turnstiles& t) {
    if (t.add(+1) == kThreads) t.first.release();
    t.first.acquire();
    t.first.release();
    if (t.add(-1) == 0) t.first.acquire();
  });
}

int main() {
  return puzzle::verdict({.right = {{"two turnstiles, one always shut", right}},
                          .wrong = {{"the count is looked at too late", wrong_count},
                                    {"one turnstile", wrong_lap, "check failed"}}});
}
