// Two trains meet at a crossing, in every order: the explorer finds the one in which both wait for
// ever, and proves that a signal leaves none.
#include <mutex>

#include <twill/tools/explore.hpp>
#include <twill/twill.hpp>

void meet(bool with_a_signal) {
  twill::Lock west({.name = "west"}), east({.name = "east"}), signal({.name = "signal"});
  const auto cross = [&](twill::Lock& here, twill::Lock& there) {
    std::unique_lock green(signal, std::defer_lock);
    if (with_a_signal) green.lock();
    twill::Hold on_this_track(here);
    twill::Hold on_that_track(there);
  };
  twill::Thread a({.name = "train A"}, [&] { cross(west, east); });
  twill::Thread b({.name = "train B"}, [&] { cross(east, west); });
  a.start();
  b.start();
  a.join();
  b.join();
}

int main() {
  twill::print("By the law: {}\n", twill::explore([] { meet(false); }).report());
  twill::print("With a signal: {}\n", twill::explore([] { meet(true); }).report());
}
