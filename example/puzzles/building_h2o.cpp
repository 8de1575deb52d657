// Atoms come one by one. Two of hydrogen and one of oxygen bond; all three of a molecule do before
// any of the next one does.
//
// The Little Book of Semaphores (A. Downey): Building H2O.
#include <algorithm>
#include <string>

#include "puzzle.hpp"

constexpr int kMolecules = 2;

class Bonds {
 public:
  void bond(char atom) {
    twill::Hold hold(lock_);
    molecule_ += atom;
    if (molecule_.size() < 3) return;
    std::sort(molecule_.begin(), molecule_.end());
    twill::check(molecule_ == "HHO");
    molecule_.clear();
  }

 private:
  twill::Lock lock_{{.name = "bonds"}};
  std::string molecule_;
};

void react(bool has_barrier) {
  twill::Semaphore mutex(1, {"mutex"}), oxygen_queue(0, {"O queue"}),
      hydrogen_queue(0, {"H queue"});
  twill::Shared oxygen(0, "O"), hydrogen(0, "H");
  twill::Barrier barrier(3);
  Bonds bonds;

  // Called with the mutex, which a complete molecule keeps until it has bonded.
  const auto call_a_molecule = [&] {
    if (oxygen < 1 || hydrogen < 2) return mutex.release();
    oxygen -= 1;
    hydrogen -= 2;
    oxygen_queue.release();
    hydrogen_queue.release(2);
  };
  const auto oxygen_atom = [&] {
    mutex.acquire();
    oxygen += 1;
    call_a_molecule();
    oxygen_queue.acquire();
    bonds.bond('O');
    if (has_barrier) barrier.wait();
    mutex.release();
  };
  const auto hydrogen_atom = [&] {
    mutex.acquire();
    hydrogen += 1;
    call_a_molecule();
    hydrogen_queue.acquire();
    bonds.bond('H');
    if (has_barrier) barrier.wait();
  };
  puzzle::play({{"O", oxygen_atom, kMolecules}, {"H", hydrogen_atom, 2 * kMolecules}});
}

void right() { react(true); }
void wrong() { react(false); }

int main() {
  return puzzle::verdict({.right = {{"oxygen keeps the lock until all three have bonded", right}},
                          .wrong = {{"oxygen does not wait for the others", wrong, "check failed"}},
                          .options = {.runs = 12'000}});
}
