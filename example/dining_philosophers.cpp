// Five philosophers all take their right fork first: nobody eats, and the report names the circle.
#include <array>
#include <string>
#include <vector>

#include <twill/twill.hpp>

constexpr std::size_t kSeats = 5;

struct Fork : twill::Lock {
  explicit Fork(int i) : Lock({.name = "fork " + std::to_string(i)}) {}
};
std::array<Fork, kSeats> forks = {Fork(0), Fork(1), Fork(2), Fork(3), Fork(4)};
twill::Barrier all_have_one(kSeats);

void philosopher(std::size_t seat) {
  try {
    twill::Hold right(forks[seat]);
    all_have_one.wait();  // thinking
    twill::Hold left(forks[(seat + 1) % kSeats]);
    twill::print("philosopher {} eats\n", seat);
  } catch (const twill::DeadlockError& error) {
    twill::print("philosopher {} puts the fork back and goes without.\n{}\n", seat, error.what());
  }
}

int main() {
  std::vector<twill::Thread> philosophers;
  for (std::size_t seat = 0; seat < kSeats; ++seat)
    philosophers.emplace_back(twill::ThreadOptions{.name = "philosopher " + std::to_string(seat)},
                              philosopher, seat);
  for (auto& p : philosophers) p.start();
  for (auto& p : philosophers) p.join();
}
