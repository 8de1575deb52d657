// Baboons cross a canyon on one rope. Those who meet in the middle fight, and more than two are too
// heavy for it.
//
// The Little Book of Semaphores (A. Downey): Baboon crossing. A rope that was free at the last look
// need not be free at the first step.
#include <array>

#include "lightswitch.hpp"
#include "puzzle.hpp"

constexpr int kStrength = 2;

struct Rope {
  std::array<puzzle::Count, 2> baboons = {puzzle::Count("to the east"),
                                          puzzle::Count("to the west")};

  void cross(int way) {
    twill::check(++baboons[way] <= kStrength);
    twill::check(baboons[1 - way] == 0);
    --baboons[way];
  }
};

void right() {
  Rope rope;
  twill::Semaphore free(1, {"free"}), turnstile(1, {"turnstile"}), places(kStrength, {"places"});
  std::array<puzzle::Lightswitch, 2> direction = {puzzle::Lightswitch(free, "east"),
                                                  puzzle::Lightswitch(free, "west")};
  const auto cross = [&](int way) {
    turnstile.acquire();
    direction[way].lock();
    turnstile.release();
    places.acquire();
    rope.cross(way);
    places.release();
    direction[way].unlock();
  };
  puzzle::play({{"eastward", [&] { cross(0); }, 3}, {"westward", [&] { cross(1); }}});
}

void wrong_looks_first() {
  Rope rope;
  twill::Lock lock({.name = "lock"});
  twill::Condition left(lock, {"left"});
  std::array<twill::Shared<int>, 2> on = {twill::Shared(0, "east"), twill::Shared(0, "west")};
  const auto change = [&](int way, int n) {
    twill::Hold hold(lock);
    on[way] += n;
    left.notify_all();
  };
  const auto cross = [&](int way) {
    {
      twill::Hold hold(lock);
      while (on[1 - way] > 0) left.wait();
    }
    change(way, +1);
    rope.cross(way);
    change(way, -1);
  };
  puzzle::play({{"eastward", [&] { cross(0); }}, {"westward", [&] { cross(1); }}});
}

// The place is given back on the rope, and not behind it.
void wrong_too_heavy() {
  Rope rope;
  twill::Semaphore places(kStrength, {"places"});
  const auto cross = [&] {
    places.acquire();
    places.release();
    rope.cross(0);
  };
  puzzle::play({{"eastward", cross, 3}});
}

int main() {
  return puzzle::verdict(
      {.right = {{"a switch for each direction, and places", right}},
       .wrong = {{"look, then go", wrong_looks_first, "check failed"},
                 {"the place is given back at once", wrong_too_heavy, "check failed"}},
       .options = {.runs = 100'000, .by = twill::SearchBy::depth_first}});
}
