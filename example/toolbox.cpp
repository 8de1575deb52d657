// The tools beside Lock, Condition and Event in a few lines each: RLock, Semaphore, Timer, queues.
#include <string>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

// The sum 1 + ... + n, under a lock that its holder may take again.
int sum(twill::RLock& lock, int n) {
  twill::Hold hold(lock);
  return n == 0 ? 0 : n + sum(lock, n - 1);
}

// What comes out of a queue into which 2, 3, 1 were put.
std::string order(auto&& queue) {
  for (int x : {2, 3, 1}) queue.put(x);
  std::string out;
  while (!queue.empty()) out += " " + std::to_string(queue.get());
  return out;
}

int main() {
  twill::RLock rlock;
  twill::print("RLock: taken 11 times at once, and 1 + ... + 10 = {}\n", sum(rlock, 10));

  twill::Semaphore two(2);
  twill::print("Semaphore(2):");
  for (int i = 0; i < 3; ++i) twill::print(" {}", two.try_acquire());
  twill::print("\n");

  twill::Timer rings(300ms, [] { twill::print("Timer: rings after 0.3 s\n"); });
  twill::Timer never(30s, [] { twill::print("Timer: was cancelled\n"); });
  rings.start();
  never.start();
  twill::print("Timer: cancelled in time: {}\n", never.cancel());
  rings.join();

  twill::print("Queue:        {}\n", order(twill::Queue<int>()));
  twill::print("LifoQueue:    {}\n", order(twill::LifoQueue<int>()));
  twill::print("PriorityQueue:{}\n", order(twill::PriorityQueue<int>()));
}
