// A daemon thread wants to sleep for an hour, but the program does not wait for it.
#include <twill/twill.hpp>

using namespace std::chrono_literals;

int main() {
  twill::Event asleep;
  twill::Thread daemon({.daemon = true}, [&] {
    twill::print("daemon: good night\n");
    asleep.set();
    twill::sleep(1h);
    twill::print("daemon: good morning\n");
  });
  daemon.start();
  asleep.wait();
  twill::print("main: goodbye\n");
}
