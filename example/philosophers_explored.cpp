// Five forks held and nobody eats: the explorer finds the order that leads there. It finds none
// when forks have numbers, when a waiter serves, or when one chair is missing.
#include <array>
#include <functional>
#include <string>
#include <vector>

#include <twill/tools/explore.hpp>
#include <twill/twill.hpp>

constexpr std::size_t kSeats = 5;

struct Fork : twill::Lock {
  explicit Fork(int i) : Lock({.name = "fork " + std::to_string(i)}) {}
};

// All that an execution uses is made in it.
struct Table {
  std::array<Fork, kSeats> forks = {Fork(0), Fork(1), Fork(2), Fork(3), Fork(4)};
  twill::Lock waiter;
  twill::Semaphore chairs{kSeats - 1};

  twill::Lock& right(std::size_t seat) { return forks[seat]; }
  twill::Lock& left(std::size_t seat) { return forks[(seat + 1) % kSeats]; }
};

using Eat = void(Table& table, std::size_t seat);

void right_then_left(Table& table, std::size_t seat) {
  twill::Hold right(table.right(seat)), left(table.left(seat));
}

void lower_then_higher(Table& table, std::size_t seat) {
  if (seat + 1 < kSeats) return right_then_left(table, seat);
  twill::Hold left(table.left(seat)), right(table.right(seat));
}

void served_by_a_waiter(Table& table, std::size_t seat) {
  twill::Hold served(table.waiter);
  right_then_left(table, seat);
}

void four_at_table(Table& table, std::size_t seat) {
  twill::Hold chair(table.chairs);
  right_then_left(table, seat);
}

void dinner(const char* how, Eat* eat) {
  const auto found = twill::explore(
      [&] {
        Table table;
        std::vector<twill::Thread> philosophers;
        for (std::size_t seat = 0; seat < kSeats; ++seat)
          philosophers.emplace_back(
              twill::ThreadOptions{.name = "philosopher " + std::to_string(seat)},
              [&, seat] { eat(table, seat); });
        for (auto& p : philosophers) p.start();
        for (auto& p : philosophers) p.join();
      },
      {.runs = 5'000});
  twill::print("{}: {}\n", how, found.report());
}

int main() {
  dinner("All take the right fork first", right_then_left);
  dinner("By the numbers of the forks", lower_then_higher);
  dinner("By a waiter", served_by_a_waiter);
  dinner("Four at table", four_at_table);
}
