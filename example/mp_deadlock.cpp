// Two processes, two locks, taken crosswise: one is told why, and lets go; the other says the same
// on stderr, and goes on.
#include <twill/twill.hpp>

namespace mp = twill::mp;

int main() {
  mp::Lock ink({.name = "ink"}), paper({.name = "paper"});
  mp::Barrier both_have_one(2);

  const auto write = [&](mp::Lock& mine, mp::Lock& other) {
    const std::string me = mp::current_process().name();
    try {
      twill::Hold first(mine);
      both_have_one.wait();
      twill::Hold second(other);
      twill::print("{} has both\n", me);
    } catch (const twill::DeadlockError& error) {
      twill::print("{} gives up.\n{}\n", me, error.what());
    }
  };

  mp::Process ann({.name = "Ann"}, [&] { write(ink, paper); });
  mp::Process bob({.name = "Bob"}, [&] { write(paper, ink); });
  ann.start();
  bob.start();
  ann.join();
  bob.join();
}
