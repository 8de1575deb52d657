// Task 1 never lets go, so task 2 gets nothing: a timed attempt says so, and so does the detector.
#include <twill/twill.hpp>

using namespace std::chrono_literals;

twill::Lock lock({.name = "the only lock"});
twill::Event for_ever({.name = "for ever"});
twill::Event taken;

int main() {
  twill::Thread selfish({.name = "task 1", .daemon = true}, [] {
    twill::Hold hold(lock);
    taken.set();
    for_ever.wait();
  });
  twill::Thread starved({.name = "task 2", .daemon = true}, [] {
    if (!lock.acquire(500ms)) twill::print("task 2: no lock within half a second\n");
    twill::Hold hold(lock);
    twill::print("task 2: never gets here\n");
  });

  selfish.start();
  taken.wait();
  starved.start();
  try {
    starved.join();
  } catch (const twill::DeadlockError& error) {
    twill::print("main: {}\n", error.what());
  }
}  // the two are daemons: nobody waits for them
