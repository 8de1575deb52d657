// The same sum in both ways that tasks can work together: shared memory and messages.
#include <vector>

#include <twill/twill.hpp>

constexpr int kTasks = 4;
constexpr int kLast = 100;  // 1 + ... + 100

// What task number `task` of kTasks adds up.
int partial_sum(int task) {
  int sum = 0;
  for (int i = 1 + task; i <= kLast; i += kTasks) sum += i;
  return sum;
}

void run_all(auto work) {
  std::vector<twill::Thread> threads;
  for (int task = 0; task < kTasks; ++task) threads.emplace_back(work, task);
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}

int by_shared_memory() {
  twill::Guarded<int> total(0);  // everybody reads and writes it, one at a time
  run_all([&](int task) { *total.lock() += partial_sum(task); });
  return *total.lock();
}

int by_messages() {
  twill::Queue<int> results;  // nobody touches what another one has
  run_all([&](int task) { results.put(partial_sum(task)); });
  int total = 0;
  for (int task = 0; task < kTasks; ++task) total += results.get();
  return total;
}

int main() {
  twill::print("shared memory:   {}\n", by_shared_memory());
  twill::print("message passing: {}\n", by_messages());
}
