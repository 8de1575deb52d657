// A bathroom for women and men, but never for both at once, and for two at most. Nobody may be kept
// out for ever by the others.
//
// The Little Book of Semaphores (A. Downey): Unisex bathroom, and its version without starvation.
#include <array>

#include "lightswitch.hpp"
#include "puzzle.hpp"

constexpr int kRoom = 2;

enum Kind { woman, man };

struct Bathroom {
  twill::Semaphore empty{1, {"empty"}}, turnstile{1, {"turnstile"}}, places{kRoom, {"places"}};
  std::array<puzzle::Lightswitch, 2> in = {puzzle::Lightswitch(empty, "women"),
                                           puzzle::Lightswitch(empty, "men")};
  std::array<puzzle::Count, 2> inside = {puzzle::Count("women inside"),
                                         puzzle::Count("men inside")};
  puzzle::Count woman_waits{"woman waits"};

  void use(Kind kind) {
    twill::check(++inside[kind] <= kRoom);
    twill::check(inside[1 - kind] == 0);
    --inside[kind];
  }
};

void visit(bool has_turnstile) {
  Bathroom room;
  const auto she = [&] {
    if (has_turnstile) room.turnstile.acquire();
    ++room.woman_waits;
    room.in[woman].lock();
    --room.woman_waits;
    if (has_turnstile) room.turnstile.release();
    room.places.acquire();
    room.use(woman);
    room.places.release();
    room.in[woman].unlock();
  };
  const auto he = [&] {
    int overtaken = 0;
    for (int i = 0; i < 2; ++i) {
      if (has_turnstile) room.turnstile.acquire();
      room.in[man].lock();
      if (has_turnstile) room.turnstile.release();
      room.places.acquire();
      if (room.woman_waits > 0) ++overtaken;
      room.use(man);
      room.places.release();
      room.in[man].unlock();
    }
    twill::check(overtaken < 2);
  };
  puzzle::play({{"woman", she}, {"man", he, 2}});
}

// Places are counted, but who is on them is not.
void wrong_mixed() {
  Bathroom room;
  const auto anybody = [&](Kind kind) {
    room.places.acquire();
    room.use(kind);
    room.places.release();
  };
  puzzle::play({{"woman", [&] { anybody(woman); }}, {"man", [&] { anybody(man); }}});
}

void right() { visit(true); }
void wrong_starves() { visit(false); }

int main() {
  return puzzle::verdict(
      {.right = {{"a switch for each, behind one turnstile", right}},
       .wrong = {{"only the places are counted", wrong_mixed, "check failed"},
                 {"no turnstile: men keep a woman out", wrong_starves, "check failed"}},
       .options = {.runs = 300'000, .by = twill::SearchBy::depth_first}});
}
