// Two tasks, two locks, taken crosswise: one task is told why instead of both hanging for ever.
#include <twill/twill.hpp>

twill::Lock lock_1({.name = "lock 1"}), lock_2({.name = "lock 2"});
twill::Barrier both_have_one(2);

void task(twill::Lock& mine, twill::Lock& other) {
  const auto me = twill::current_thread().name();
  try {
    twill::Hold first(mine);
    both_have_one.wait();
    twill::Hold second(other);
    twill::print("{} has both locks\n", me);
  } catch (const twill::DeadlockError& error) {
    twill::print("{} gives up.\n{}\n", me, error.what());
  }
}

int main() {
  twill::Thread one({.name = "task 1"}, [] { task(lock_1, lock_2); });
  twill::Thread two({.name = "task 2"}, [] { task(lock_2, lock_1); });
  one.start();
  two.start();
  one.join();
  two.join();
}
