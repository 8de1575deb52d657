// A queue is a pipe and two locks: one for those who put, one for those who get. This one shows how
// little it takes; what mp::Queue has and it has not is a bound, a count, and room for items that
// nobody waits for but the pipe's.
#include <mutex>
#include <vector>

#include <twill/twill.hpp>

namespace mp = twill::mp;

template <class T>
class PipeQueue {
 public:
  PipeQueue() : PipeQueue(mp::Pipe(false)) {}

  void put(const T& item) {
    const std::lock_guard hold(putting_);
    in_.send(item);
  }

  T get() {
    const std::lock_guard hold(getting_);
    return out_.template recv<T>();
  }

  bool empty() { return !out_.poll(); }

 private:
  explicit PipeQueue(std::pair<mp::Connection, mp::Connection> ends)
      : out_(std::move(ends.first)), in_(std::move(ends.second)) {}

  mp::Connection out_, in_;
  mp::Lock getting_, putting_;
};

constexpr int kEnd = -1;

int main() {
  PipeQueue<int> items;
  mp::Queue<int> sums;
  std::vector<mp::Process> workers;
  for (int i = 0; i < 3; ++i)
    workers.emplace_back([&] {
      int sum = 0;
      for (int item = items.get(); item != kEnd; item = items.get()) sum += item;
      sums.put(sum);
    });
  for (auto& process : workers) process.start();
  for (int item = 1; item <= 100; ++item) items.put(item);
  for (int i = 0; i < 3; ++i) items.put(kEnd);
  for (auto& process : workers) process.join();

  int total = 0;
  for (int i = 0; i < 3; ++i) total += sums.get();
  twill::print("three workers took 1 to 100: {} in all, and the queue is {}\n", total,
               items.empty() ? "empty" : "not empty");
}
