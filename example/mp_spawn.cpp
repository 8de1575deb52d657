// Beside other threads a process is not forked but made anew: main() is not entered again, so it
// gets as arguments what it needs, copied, or shared by std::ref().
#include <string>
#include <thread>

#include <twill/twill.hpp>

namespace mp = twill::mp;

struct Order {
  std::string dish;
  int guests;
};

void cook(const Order& order, mp::Queue<std::string>& counter) {
  counter.put(order.dish + " by " + mp::current_process().name());
  if (order.guests > 10) throw mp::SystemExit("the kitchen is too small");
}

int main() {
  std::jthread radio([](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::string(1000, '~');  // a fork might copy a locked malloc
  });
  mp::Queue<std::string> counter;
  mp::Process ann(mp::spawn, {.name = "Ann"}, cook, Order{"soup", 2}, std::ref(counter));
  ann.start();
  ann.join();
  twill::print("{}\n", counter.get());
  mp::Process bob(mp::forkserver, {.name = "Bob"}, cook, Order{"stew", 30}, std::ref(counter));
  bob.start();
  bob.join();
  twill::print("{}\n", counter.get());
  twill::print("Ann: {}, Bob: {}\n", *ann.exitcode(), *bob.exitcode());
}
