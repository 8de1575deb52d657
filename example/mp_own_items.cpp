// Processes do not share memory: each of three empties a list, which is a copy, and that of the
// parent is as long as before.
#include <deque>
#include <vector>

#include <fmt/ranges.h>
#include <twill/twill.hpp>

namespace mp = twill::mp;

std::deque<int> items{1, 2, 3, 4, 5, 6};

void worker() {
  int count = 0;
  for (; !items.empty(); items.pop_front()) ++count;
  twill::print("{} processed {} items.\n", mp::current_process().name(), count);
}

int main() {
  std::vector<mp::Process> workers;
  for (int i = 0; i < 3; ++i) workers.emplace_back(worker);
  for (auto& process : workers) process.start();
  for (auto& process : workers) process.join();
  twill::print("ITEMS after all workers finished: {}\n", items);
}
