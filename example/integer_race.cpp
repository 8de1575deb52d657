// Two threads increase one integer: one after the other gives 2, overlapped gives 1.
//
// Each thread reads the value, increases it and writes it back, in an order that is forced here.
#include <array>
#include <atomic>
#include <string>

#include <twill/twill.hpp>

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr std::array kSteps = {"read value", "increase value", "write back"};

// Runs two threads in the order given, a digit a step, and prints the value after each step.
void race(const std::string& order) {
  std::atomic<int> value{0};
  twill::Condition stepped;
  std::size_t next = 0;

  auto increase = [&](char me) {
    int mine = 0;
    for (const std::string step : kSteps) {
      twill::Hold hold(stepped);
      stepped.wait_for([&] { return order[next] == me; });
      if (step == "read value") mine = value.load(kRelaxed);
      if (step == "increase value") ++mine;
      if (step == "write back") value.store(mine, kRelaxed);
      twill::print("| thread {} | {:14} | {} |\n", me, step, value.load(kRelaxed));
      ++next;
      stepped.notify_all();
    }
  };

  twill::Thread one(increase, '1'), two(increase, '2');
  one.start();
  two.start();
  one.join();
  two.join();
  twill::print("ends with {}\n\n", value.load(kRelaxed));
}

void with_lock() {
  twill::Guarded<int> value(0);
  auto increase = [&] { ++*value.lock(); };
  twill::Thread one(increase), two(increase);
  one.start();
  two.start();
  one.join();
  two.join();
  twill::print("with a lock it always ends with {}\n", *value.lock());
}

int main() {
  race("111222");
  race("121212");
  with_lock();
}
