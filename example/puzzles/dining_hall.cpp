// Students eat, then leave. Nobody may be left alone at the table by one who leaves: the two last
// ones go together, unless somebody else comes.
//
// The Little Book of Semaphores (A. Downey): Dining hall.
#include "puzzle.hpp"

constexpr int kStudents = 3;

void hall(bool waits) {
  twill::Lock lock({.name = "lock"});
  twill::Semaphore may_leave(0, {"may leave"});
  twill::Shared eating(0, "eating"), ready(0, "ready");  // ready: at the table, wants to leave

  const auto leave = [&] {  // with the lock
    ready -= 1;
    twill::check(eating != 1 || ready > 0);
  };
  const auto begin = [&] {
    twill::Hold hold(lock);
    eating += 1;
    if (!waits || eating != 2 || ready != 1) return;
    leave();
    may_leave.release();
  };
  const auto end = [&] {
    twill::Hold hold(lock);
    eating -= 1;
    ready += 1;
    if (waits && eating == 1 && ready == 1) return false;
    if (waits && eating == 0 && ready == 2) {
      leave();
      may_leave.release();
    }
    leave();
    return true;
  };
  const auto student = [&] {
    begin();
    if (!end()) may_leave.acquire();
  };
  puzzle::play({{"student", student, kStudents}});
}

void right() { hall(true); }
void wrong() { hall(false); }

int main() {
  return puzzle::verdict(
      {.right = {{"the last but one waits for the last one", right}},
       .wrong = {{"everybody leaves when it has eaten", wrong, "check failed"}}});
}
