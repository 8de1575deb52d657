// No more than two children for each adult in the room: children wait at the door, and an adult may
// leave only if the others suffice.
//
// The Little Book of Semaphores (A. Downey): Child care. Two adults who leave each take some of the
// permits, and wait for the rest.
#include "puzzle.hpp"

constexpr int kChildren = 2, kAdults = 2, kEach = 2;

void open(bool one_leaves_at_a_time) {
  twill::Semaphore care(0, {"care"}), leaving(1, {"leaving"});
  twill::Semaphore came(0, {"came"}), go_home(0, {"go home"});
  puzzle::Count children("children"), adults("adults");

  const auto adult = [&] {
    ++adults;
    care.release(kEach);
    came.acquire();
    if (one_leaves_at_a_time) leaving.acquire();
    for (int i = 0; i < kEach; ++i) care.acquire();
    if (one_leaves_at_a_time) leaving.release();
    --adults;
    go_home.release(kChildren);
  };
  const auto child = [&] {
    care.acquire();
    const int n = ++children;
    twill::check(n <= kEach * adults);
    came.release();
    go_home.acquire();
    --children;
    care.release();
  };
  puzzle::play({{"adult", adult, kAdults}, {"child", child, kChildren}});
}

void right() { open(true); }
void wrong() { open(false); }

int main() {
  return puzzle::verdict({.right = {{"one adult at a time takes permits to leave", right}},
                          .wrong = {{"two adults take them by turns", wrong, "deadlock"}},
                          .options = {.runs = 60'000, .by = twill::SearchBy::depth_first}});
}
