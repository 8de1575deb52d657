// The dean comes into a room only if it is empty, for a search, or if there is a party of too many,
// to end it. While he is there students may leave, but not come in, and he stays until all have
// left.
//
// The Little Book of Semaphores (A. Downey): Room party. Here two are too many. A student who wakes
// the dean has to hand him the lock, too: else the room has changed when he gets it.
#include "puzzle.hpp"

constexpr int kMany = 2, kStudents = 3;

enum Dean { away, waiting, inside };

void party(bool hands_over) {
  twill::Semaphore mutex(1, {"mutex"}), turn(1, {"turn"}), clear(0, {"clear"}),
      lie_in(0, {"lie in"});
  twill::Shared students(0, "students");
  twill::Shared<int> dean(away, "dean");

  const auto wake = [&](auto& semaphore) {
    semaphore.release();
    if (!hands_over) mutex.release();
  };
  const auto wait_for = [&](auto& semaphore) {
    semaphore.acquire();
    if (!hands_over) mutex.acquire();
  };
  const auto look_in = [&] {
    mutex.acquire();
    if (students > 0 && students < kMany) {
      dean = waiting;
      mutex.release();
      wait_for(lie_in);
    }
    twill::check(students == 0 || students >= kMany);
    if (students >= kMany) {
      dean = inside;
      turn.acquire();
      mutex.release();
      wait_for(clear);
      twill::check(students == 0);
      turn.release();
    }
    dean = away;
    mutex.release();
  };
  const auto come = [&] {
    mutex.acquire();
    if (dean == inside) {
      mutex.release();
      turn.acquire();
      turn.release();
      mutex.acquire();
    }
    twill::check(dean != inside);
    students += 1;
    if (students == kMany && dean == waiting) return wake(lie_in);
    mutex.release();
  };
  const auto leave = [&] {
    mutex.acquire();
    students -= 1;
    if (students == 0 && dean == waiting) return wake(lie_in);
    if (students == 0 && dean == inside) return wake(clear);
    mutex.release();
  };
  const auto student = [&] { come(), leave(); };
  puzzle::play({{"dean", look_in}, {"student", student, kStudents}});
}

void right() { party(true); }
void wrong() { party(false); }

int main() {
  return puzzle::verdict(
      {.right = {{"a student hands the lock to the dean", right}},
       .wrong = {{"the dean takes the lock by himself", wrong, "check failed"}}});
}
