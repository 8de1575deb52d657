// One thread: everything in the order in which it is written, and ten seconds of waiting.
#include <twill/twill.hpp>

using namespace std::chrono_literals;

int main() {
  twill::print("1\n");
  twill::sleep(10s);
  twill::print("Done sleeping\n");
  twill::print("2\n");
  twill::print("3\n");
}
