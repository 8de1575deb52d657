// Three waiters pass when the event is set; after clear() the next one blocks again.
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

twill::Event event;

void waiter() {
  event.wait();
  twill::print("{} passed\n", twill::current_thread().name());
}

int main() {
  std::vector<twill::Thread> waiters;
  for (int i = 0; i < 3; ++i) waiters.emplace_back(waiter).start();
  twill::print("setting\n");
  event.set();
  for (auto& thread : waiters) thread.join();

  event.clear();
  twill::print("cleared\n");
  twill::Thread late(waiter);
  late.start();
  twill::print("{} within 0.2 s: {}\n", late.name(), late.join(200ms) ? "passed" : "blocked");
  event.set();
  late.join();
}
