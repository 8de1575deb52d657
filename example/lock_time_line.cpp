// Two tasks and a lock as a time line: the second is blocked until the first lets go.
#include <twill/twill.hpp>

using namespace std::chrono_literals;

int main() {
  twill::Lock lock;
  const auto begin = twill::now();
  auto note = [&](int task, const char* what) {
    const std::chrono::duration<double> at = twill::now() - begin;
    twill::print("{:.1f} s  {:{}}task {} {}\n", at.count(), "", 24 * (task - 1), task, what);
  };

  auto task = [&](int me) {
    note(me, "wants the lock");
    lock.acquire();
    note(me, "has the lock");
    twill::sleep(2s);
    note(me, "lets go");
    lock.release();
  };

  twill::Thread one(task, 1), two(task, 2);
  one.start();
  twill::sleep(1s);
  two.start();
  one.join();
  two.join();
}
