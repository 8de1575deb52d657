// A car goes when it is full. Nobody gets on before it is empty again, nobody gets off on the way.
//
// The Little Book of Semaphores (A. Downey): Roller coaster.
#include "puzzle.hpp"

constexpr int kSeats = 2, kPassengers = 4;

struct Without {
  bool all_aboard = false, all_ashore = false;
};

void ride(Without without) {
  twill::Semaphore board(0, {"board"}), leave(0, {"leave"});
  twill::Semaphore all_aboard(0, {"all aboard"}), all_ashore(0, {"all ashore"});
  twill::Lock lock({.name = "lock"});
  twill::Shared boarded(0, "boarded"), left(0, "left");
  puzzle::Count aboard("aboard");

  const auto count = [&](auto& number, auto& complete) {
    twill::Hold hold(lock);
    number += 1;
    if (number < kSeats) return;
    number = 0;
    complete.release();
  };
  const auto passenger = [&] {
    board.acquire();
    twill::check(++aboard <= kSeats);
    count(boarded, all_aboard);
    leave.acquire();
    --aboard;
    count(left, all_ashore);
  };
  const auto car = [&] {
    for (int i = 0; i < kPassengers / kSeats; ++i) {
      board.release(kSeats);
      if (!without.all_aboard) all_aboard.acquire();
      twill::check(aboard == kSeats);
      leave.release(kSeats);
      if (!without.all_ashore) all_ashore.acquire();
    }
  };
  puzzle::play({{"car", car}, {"passenger", passenger, kPassengers}});
}

void right() { ride({}); }
void wrong_half_full() { ride({.all_aboard = true}); }
void wrong_too_full() { ride({.all_ashore = true}); }

int main() {
  return puzzle::verdict(
      {.right = {{"the last one to board and the last one to leave tell the car", right}},
       .wrong = {{"the car does not wait until it is full", wrong_half_full, "check failed"},
                 {"the car does not wait until it is empty", wrong_too_full, "check failed"}},
       .options = {.runs = 50'000, .by = twill::SearchBy::depth_first}});
}
