// Santa sleeps until all reindeer are back, or until a group of elves needs help. A group is helped
// before the next one begins to form.
//
// The Little Book of Semaphores (A. Downey): Santa Claus, after J. Trono. Here two reindeer, and
// elves who ask in groups of two.
#include "puzzle.hpp"

constexpr int kReindeer = 2, kGroup = 2, kRounds = 2;

void christmas(bool groups_wait) {
  twill::Semaphore santa(0, {"santa"}), sleigh(0, {"sleigh"}), help(0, {"help"});
  twill::Semaphore group(1, {"group"});  // free while one may join it
  twill::Lock lock({.name = "lock"});
  twill::Shared reindeer(0, "reindeer"), elves(0, "elves");

  const auto wake_up = [&] {
    santa.acquire();
    twill::Hold hold(lock);
    if (reindeer == kReindeer) {
      reindeer = 0;
      sleigh.release(kReindeer);
    } else {
      twill::check(elves == kGroup);
      help.release(kGroup);
    }
  };
  const auto pull = [&] {
    {
      twill::Hold hold(lock);
      reindeer += 1;
      if (reindeer == kReindeer) santa.release();
    }
    sleigh.acquire();
  };
  const auto ask = [&] {
    if (groups_wait) group.acquire();
    {
      twill::Hold hold(lock);
      elves += 1;
      if (elves == kGroup)
        santa.release();
      else if (groups_wait)
        group.release();
    }
    help.acquire();
    twill::Hold hold(lock);
    elves -= 1;
    if (elves == 0 && groups_wait) group.release();
  };
  puzzle::play({{"santa",
                 [&] {
                   for (int i = 0; i < 1 + kRounds; ++i) wake_up();
                 }},
                {"reindeer", pull, kReindeer},
                {"elf",
                 [&] {
                   for (int i = 0; i < kRounds; ++i) ask();
                 },
                 kGroup}});
}

void right() { christmas(true); }
void wrong() { christmas(false); }

int main() {
  return puzzle::verdict({.right = {{"a group is closed until its last elf was helped", right}},
                          .wrong = {{"an elf joins the group that is just being helped", wrong}},
                          .options = {.runs = 100'000, .by = twill::SearchBy::depth_first}});
}
