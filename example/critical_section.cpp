// Read, manipulate, write: never more than one of eight tasks is inside at a time.
#include <algorithm>
#include <atomic>
#include <vector>

#include <twill/twill.hpp>

int main() {
  twill::Lock lock;
  int value = 0;
  std::atomic<int> inside{0}, most_inside{0};

  auto task = [&] {
    for (int i = 0; i < 10'000; ++i) {
      twill::Hold hold(lock);
      const int now = ++inside;
      most_inside = std::max(most_inside.load(), now);
      const int read = value;     // read
      const int next = read + 1;  // manipulate
      value = next;               // write
      --inside;
    }
  };

  std::vector<twill::Thread> tasks;
  for (int i = 0; i < 8; ++i) tasks.emplace_back(task);
  for (auto& t : tasks) t.start();
  for (auto& t : tasks) t.join();
  twill::print("value {}, at most {} task inside\n", value, most_inside.load());
}
