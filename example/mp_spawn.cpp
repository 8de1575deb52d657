// Beside other threads a process is not forked but made anew: main() is not entered again, so it
// gets as arguments what it needs.
#include <string>
#include <thread>

#include <twill/twill.hpp>

namespace mp = twill::mp;

struct Order {
  std::string dish;
  int guests;
};

void cook(const Order& order) {
  twill::print("{} cooks {} for {}\n", mp::current_process().name(), order.dish, order.guests);
  if (order.guests > 10) throw mp::SystemExit("the kitchen is too small");
}

int main() {
  std::jthread radio([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::string(1000, '~');  // a fork might copy a locked malloc
  });
  mp::Process ann(mp::spawn, {.name = "Ann"}, cook, Order{"soup", 2});
  ann.start();
  ann.join();
  mp::Process bob(mp::forkserver, {.name = "Bob"}, cook, Order{"stew", 30});
  bob.start();
  bob.join();
  twill::print("Ann: {}, Bob: {}\n", *ann.exitcode(), *bob.exitcode());
}
