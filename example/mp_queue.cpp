// A queue between processes: three workers share six items, and each stops at its own end mark.
#include <string>
#include <vector>

#include <fmt/ranges.h>
#include <twill/twill.hpp>

namespace mp = twill::mp;

constexpr int kEnd = -1;

void worker(mp::Queue<int>& items) {
  int count = 0;
  while (items.get() != kEnd) ++count;
  twill::print("{} processed {} items.\n", mp::current_process().name(), count);
}

int main() {
  mp::Queue<int> items;
  for (int item = 1; item <= 6; ++item) items.put(item);
  for (int i = 0; i < 3; ++i) items.put(kEnd);

  std::vector<mp::Process> workers;
  for (int i = 0; i < 3; ++i) workers.emplace_back([&items] { worker(items); });
  for (auto& process : workers) process.start();
  for (auto& process : workers) process.join();
  twill::print("#ITEMS after all workers finished: {}\n", items.qsize());

  mp::Queue<std::vector<std::string>> lists;  // anything that can be sent
  mp::Process child([&lists] { lists.put({"hello", "world"}); });
  child.start();
  twill::print("{}\n", lists.get());
}
