// The lecture's philosophers, in every order: the deadlock and its cures.

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>

#include <twill/sync/hold.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/semaphore.hpp>
#include <twill/tools/shared.hpp>

#include "tools/patterns.hpp"

namespace patterns {
namespace {

using twill::check;
using twill::Finding;
using twill::Hold;
using twill::Lock;
using twill::Shared;

/// Philosophers and their forks; what they do is for the tests to say.
class Table {
 public:
  explicit Table(std::size_t seats = 5) : seats_(seats) {}

  Lock& right(std::size_t seat) { return forks_.at(seat); }
  Lock& left(std::size_t seat) { return forks_.at((seat + 1) % seats_); }

  /// With both forks: the neighbours do not eat.
  void eat(std::size_t seat) {
    eats_.at(seat) = true;
    check(!eats_.at((seat + 1) % seats_) && !eats_.at((seat + seats_ - 1) % seats_));
    eats_.at(seat) = false;
  }
  void dine(const std::function<void(std::size_t seat)>& once) {
    std::vector<Body> philosophers;
    for (std::size_t seat = 0; seat < seats_; ++seat)
      philosophers.emplace_back([&once, seat] { once(seat); });
    run(philosophers);
  }

 private:
  const std::size_t seats_;
  std::array<Lock, 5> forks_;
  std::array<Shared<bool>, 5> eats_;
};

TEST(PhilosophersTest, five_forks_are_held_and_nobody_eats) {
  const auto found = expect_found(Finding::deadlock, [] {
    Table table;
    table.dine([&](std::size_t seat) {
      const Hold right(table.right(seat));
      const Hold left(table.left(seat));
    });
  });
  EXPECT_EQ(waits_for_locks(found.failure), 5) << found.failure;
}

TEST(PhilosophersTest, neighbours_who_take_one_fork_eat_together) {
  expect_found(Finding::check, [] {
    Table table;
    table.dine([&](std::size_t seat) {
      const Hold right(table.right(seat));
      table.eat(seat);
    });
  });
}

TEST(PhilosophersTest, an_order_of_forks) {
  expect_proof([] {
    Table table;
    table.dine([&](std::size_t seat) {
      const bool is_last = seat == 4;
      const Hold lower(is_last ? table.left(seat) : table.right(seat));
      const Hold higher(is_last ? table.right(seat) : table.left(seat));
      table.eat(seat);
    });
  });
}

TEST(PhilosophersTest, a_waiter) {
  expect_proof([] {
    Table table;
    Lock waiter;
    table.dine([&](std::size_t seat) {
      std::unique_lock served(waiter);
      const Hold right(table.right(seat));
      const Hold left(table.left(seat));
      served.unlock();
      table.eat(seat);
    });
  });
}

void dine_with_a_chair_less(std::size_t seats) {
  Table table(seats);
  twill::Semaphore chairs(static_cast<std::int64_t>(seats) - 1);
  table.dine([&](std::size_t seat) {
    const Hold chair(chairs);
    const Hold right(table.right(seat));
    const Hold left(table.left(seat));
    table.eat(seat);
  });
}

TEST(PhilosophersTest, a_chair_less_than_philosophers) {
  expect_proof([] { dine_with_a_chair_less(3); });
  expect_silence([] { dine_with_a_chair_less(5); }, {.runs = 2'000});
}

void dine_and_let_go(std::size_t seats) {
  Table table(seats);
  table.dine([&](std::size_t seat) {
    for (int attempt = 0; attempt < 2; ++attempt) {
      const std::unique_lock right(table.right(seat));
      const std::unique_lock left(table.left(seat), std::try_to_lock);
      if (left) return table.eat(seat);
    }
  });
}

TEST(PhilosophersTest, who_cannot_have_the_second_fork_lets_go_of_the_first) {
  expect_proof([] { dine_and_let_go(2); });
  expect_silence([] { dine_and_let_go(5); }, {.runs = 2'000});
}

}  // namespace
}  // namespace patterns
