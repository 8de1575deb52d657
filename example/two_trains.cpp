// Two trains meet at a crossing; each waits until the other has left. One has to step back.
//
// "When two trains approach each other at a crossing, both shall come to a full stop and neither
// shall start up again until the other has gone." (ascribed to a law of Kansas)
#include <string>

#include <twill/twill.hpp>

twill::Lock west({.name = "the western track"}), east({.name = "the eastern track"});

void by_the_law(const std::string& train, twill::Lock& here, twill::Lock& there,
                twill::Barrier& crossing) {
  try {
    twill::Hold on_this_track(here);
    crossing.wait();
    twill::Hold on_that_track(there);
    twill::print("{} has crossed\n", train);
  } catch (const twill::DeadlockError& error) {
    twill::print("{}\n{} steps back\n", error.what(), train);
  }
}

void with_a_signal(const std::string& train, twill::Lock& here, twill::Lock& there) {
  auto way = twill::acquire_all(here, there);  // both tracks or none
  twill::print("{} has crossed\n", train);
}

int main() {
  twill::print("By the law:\n");
  twill::Barrier crossing(2);
  twill::Thread a({.name = "train A"}, [&] { by_the_law("train A", west, east, crossing); });
  twill::Thread b({.name = "train B"}, [&] { by_the_law("train B", east, west, crossing); });
  a.start();
  b.start();
  a.join();
  b.join();

  twill::print("\nWith a signal:\n");
  twill::Thread c([] { with_a_signal("train C", west, east); });
  twill::Thread d([] { with_a_signal("train D", east, west); });
  c.start();
  d.start();
  c.join();
  d.join();
}
