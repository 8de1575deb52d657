// A consumer waits until an item is available; the producer makes one available and says so.
#include <optional>
#include <string>

#include <twill/twill.hpp>

twill::Condition condition;
std::optional<std::string> item;

bool item_is_available() { return item.has_value(); }
std::string get_an_available_item() { return *std::exchange(item, {}); }
void make_an_item_available() { item = "an item"; }

void consumer() {
  twill::Hold hold(condition);
  while (!item_is_available()) condition.wait();  // gives the lock up, and has it again on return
  twill::print("consumed {}\n", get_an_available_item());
}

void producer() {
  twill::Hold hold(condition);
  make_an_item_available();
  condition.notify();
}

int main() {
  twill::Thread first(consumer), second(producer);
  first.start();
  second.start();
  first.join();
  second.join();
}
