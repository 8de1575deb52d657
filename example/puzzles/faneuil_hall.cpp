// Immigrants come in, check in, and wait for the judge to confirm them. While the judge is in the
// hall nobody comes in and no immigrant leaves, and the judge waits until all who are in have
// checked in.
//
// The Little Book of Semaphores (A. Downey): Faneuil Hall; without its spectators, who only come in
// and go.
#include "puzzle.hpp"

constexpr int kImmigrants = 2;

void hall(bool waits_for_all) {
  twill::Semaphore no_judge(1, {"no judge"}), mutex(1, {"mutex"});
  twill::Semaphore all_checked(0, {"all checked"}), confirmed(0, {"confirmed"});
  twill::Semaphore somebody(0, {"somebody"});  // a permit for each who has checked in
  twill::Shared entered(0, "entered"), checked(0, "checked");
  twill::Shared judge(false, "judge");

  const auto enter = [&] {
    no_judge.acquire();
    mutex.acquire();
    twill::check(!judge);
    entered += 1;
    mutex.release();
    no_judge.release();
  };
  const auto check_in = [&] {
    mutex.acquire();
    checked += 1;
    if (waits_for_all && judge && entered == checked)
      all_checked.release();  // and hands over the mutex
    else
      mutex.release();
  };
  const auto immigrant = [&] {
    enter();
    check_in();
    somebody.release();
    confirmed.acquire();
    no_judge.acquire();
    twill::check(!judge);
    no_judge.release();
  };
  const auto confirm = [&] {
    no_judge.acquire();
    mutex.acquire();
    judge = true;
    if (waits_for_all && entered > checked) {
      mutex.release();
      all_checked.acquire();
    }
    twill::check(entered == checked);
    if (checked > 0) confirmed.release(checked);
    entered = 0;
    checked = 0;
    judge = false;
    mutex.release();
    no_judge.release();
  };
  // The judge comes at any time, and once more when everybody has checked in.
  const auto judges_day = [&] {
    confirm();
    for (int i = 0; i < kImmigrants; ++i) somebody.acquire();
    confirm();
  };
  puzzle::play({{"judge", judges_day}, {"immigrant", immigrant, kImmigrants}});
}

void right() { hall(true); }
void wrong() { hall(false); }

int main() {
  return puzzle::verdict({.right = {{"the last one to check in hands the judge the lock", right}},
                          .wrong = {{"the judge does not wait", wrong, "check failed"}}});
}
