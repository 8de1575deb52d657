// Four seats at a table of philosophers. Each eats when neither neighbour does, and afterwards
// calls those neighbours who now can.
//
// The Little Book of Semaphores (A. Downey): Dining philosophers, the solution of A. Tanenbaum. No
// deadlock; but two can keep the one between them hungry for ever.
#include <array>

#include "puzzle.hpp"

constexpr int kSeats = 4;

class Table {
 public:
  void take(int i) {
    {
      twill::Hold hold(lock_);
      state_[i] = hungry;
      call_if_free(i);
    }
    seat_[i].acquire();
  }
  void put(int i) {
    twill::Hold hold(lock_);
    state_[i] = thinking;
    call_if_free((i + 1) % kSeats);
    call_if_free((i + 3) % kSeats);
  }
  bool is_hungry(int i) {
    twill::Hold hold(lock_);
    return state_[i] == hungry;
  }

 private:
  enum State { thinking, hungry, eating };

  void call_if_free(int i) {
    if (state_[i] != hungry) return;
    if (state_[(i + 1) % kSeats] == eating || state_[(i + 3) % kSeats] == eating) return;
    state_[i] = eating;
    seat_[i].release();
  }

  twill::Lock lock_{{.name = "lock"}};
  std::array<twill::Shared<int>, kSeats> state_ = {
      twill::Shared<int>(thinking, "0"), twill::Shared<int>(thinking, "1"),
      twill::Shared<int>(thinking, "2"), twill::Shared<int>(thinking, "3")};
  std::array<twill::Semaphore, kSeats> seat_ = {
      twill::Semaphore(0, {"seat 0"}), twill::Semaphore(0, {"seat 1"}),
      twill::Semaphore(0, {"seat 2"}), twill::Semaphore(0, {"seat 3"})};
};

void right() {
  Table table;
  twill::Shared fork01(0, "fork 0-1"), fork12(0, "fork 1-2");
  const auto dine = [&](int i) {
    table.take(i);
    if (i <= 1) fork01 += 1;
    if (i >= 1) fork12 += 1;
    table.put(i);
  };
  puzzle::play({{"philosopher", dine, 3}});
}

// One philosopher, and its neighbours, of whom one always begins before the other has ended.
void wrong() {
  Table table;
  puzzle::Count greedy_ones("greedy ones");
  const auto patient = [&] {
    table.take(0);
    table.put(0);
  };
  const auto greedy = [&](int i) {
    int overtaken = 0;
    for (int meal = 0; meal < 2; ++meal) {
      table.take(2 * i + 1);
      if (table.is_hungry(0)) ++overtaken;
      table.put(2 * i + 1);
    }
    if (overtaken == 2) twill::check(++greedy_ones < 2);
  };
  puzzle::play({{"patient", patient}, {"greedy", greedy, 2}});
}

int main() {
  return puzzle::verdict(
      {.right = {{"whoever puts forks down calls the neighbours", right}},
       .wrong = {{"it calls them when it can, but not in turn", wrong, "check failed"}}});
}
