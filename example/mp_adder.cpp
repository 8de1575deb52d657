// A process runs a function as a thread does. What the function returns is lost.
#include <twill/twill.hpp>

namespace mp = twill::mp;

int adder(int a, int b) { return a + b; }

int main() {
  mp::Process process(adder, 2, 2);
  process.start();
  process.join();
  return *process.exitcode();
}
