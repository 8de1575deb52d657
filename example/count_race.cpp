// Two threads count to 100 each: 200 with a lock, and as little as 2 without.
//
// The worst order is forced here: each thread writes once what it read long ago.
#include <atomic>
#include <string>

#include <twill/twill.hpp>

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr int kEach = 100;

// Lets the threads '1' and '2' read and write by turns: `order` has a digit for each of these.
class Turns {
 public:
  explicit Turns(std::string order) : order_(std::move(order)) {}
  void step(char me, auto action) {
    twill::Hold hold(stepped_);
    stepped_.wait_for([&] { return order_[next_] == me; });
    action();
    ++next_;
    stepped_.notify_all();
  }

 private:
  const std::string order_;
  std::size_t next_ = 0;
  twill::Condition stepped_;
};

int count_unlocked(const std::string& order) {
  std::atomic<int> i{0};
  Turns turns(order);
  auto count = [&](char me) {
    for (int x = 0; x < kEach; ++x) {
      int seen = 0;
      turns.step(me, [&] { seen = i.load(kRelaxed); });
      turns.step(me, [&] { i.store(seen + 1, kRelaxed); });
    }
  };
  twill::Thread one(count, '1'), two(count, '2');
  one.start();
  two.start();
  one.join();
  two.join();
  return i.load(kRelaxed);
}

int count_locked(int threads) {
  twill::Guarded<int> i(0);
  std::vector<twill::Thread> all;
  for (int k = 0; k < threads; ++k)
    all.emplace_back([&] {
      for (int x = 0; x < kEach; ++x) ++*i.lock();
    });
  for (auto& thread : all) thread.start();
  for (auto& thread : all) thread.join();
  return *i.lock();
}

int main() {
  const std::size_t most = 2 * (kEach - 1);  // steps of all rounds but one
  const std::string in_turn = std::string(2 * kEach, '1') + std::string(2 * kEach, '2');
  const std::string worst = '1' + std::string(most, '2') + "12" + std::string(most, '1') + '2';

  twill::print("without lock, one after the other: {}\n", count_unlocked(in_turn));
  twill::print("without lock, in the worst order:  {}\n", count_unlocked(worst));
  twill::print("with lock, 1 thread:  {}\n", count_locked(1));
  twill::print("with lock, 2 threads: {}\n", count_locked(2));
  twill::print("with lock, 7 threads: {}\n", count_locked(7));
}
