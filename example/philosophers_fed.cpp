// Four ways to let the five philosophers eat: an order of forks, a waiter, four at table, back off.
#include <algorithm>
#include <array>
#include <vector>

#include <twill/twill.hpp>

constexpr std::size_t kSeats = 5;
constexpr int kMeals = 10;

std::array<twill::Lock, kSeats> forks;
twill::Lock waiter;
twill::Semaphore chairs(kSeats - 1);

// Who eats now, and what was ever seen.
struct Table {
  std::array<bool, kSeats> eats{};
  std::array<int, kSeats> meals{};
  std::ptrdiff_t most_at_once = 0;
  int neighbours_together = 0;

  void begin(std::size_t seat) {
    eats[seat] = true;
    most_at_once = std::max(most_at_once, std::count(eats.begin(), eats.end(), true));
    if (eats[(seat + 1) % kSeats] || eats[(seat + kSeats - 1) % kSeats]) ++neighbours_together;
  }
  void end(std::size_t seat) { eats[seat] = false, ++meals[seat]; }
};

void by_order(twill::Lock& right, twill::Lock& left, auto eat) {
  twill::Hold lower(&right < &left ? right : left);  // their addresses are their numbers
  twill::Hold higher(&right < &left ? left : right);
  eat();
}

void by_waiter(twill::Lock& right, twill::Lock& left, auto eat) {
  waiter.acquire();  // one takes forks at a time
  twill::Hold first(right), second(left);
  waiter.release();
  eat();
}

void four_at_table(twill::Lock& right, twill::Lock& left, auto eat) {
  twill::Hold chair(chairs);
  twill::Hold first(right), second(left);
  eat();
}

void back_off(twill::Lock& right, twill::Lock& left, auto eat) {
  auto both = twill::acquire_all(right, left);
  eat();
}

void dinner(const char* how, auto take_forks_and) {
  twill::Guarded<Table> table;
  std::vector<twill::Thread> philosophers;
  for (std::size_t seat = 0; seat < kSeats; ++seat)
    philosophers.emplace_back([&, seat] {
      for (int meal = 0; meal < kMeals; ++meal)
        take_forks_and(forks[seat], forks[(seat + 1) % kSeats], [&] {
          table.lock()->begin(seat);
          twill::sleep(std::chrono::milliseconds(1));
          table.lock()->end(seat);
        });
    });
  for (auto& p : philosophers) p.start();
  for (auto& p : philosophers) p.join();

  const auto seen = table.lock();
  const auto [least, most] = std::ranges::minmax(seen->meals);
  twill::print("{:14} {} to {} meals each, at most {} eat at once, neighbours together: {}\n", how,
               least, most, seen->most_at_once, seen->neighbours_together);
}

int main() {
  dinner("by order:", [](auto&&... all) { by_order(all...); });
  dinner("by a waiter:", [](auto&&... all) { by_waiter(all...); });
  dinner("four at table:", [](auto&&... all) { four_at_table(all...); });
  dinner("back off:", [](auto&&... all) { back_off(all...); });
}
