// Five consumers, one item a second: a consumer that is notified may find its item stolen.
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

twill::Condition condition;
std::vector<int> queue;

void say(const std::string& what) { twill::print("{} {}\n", twill::current_thread().name(), what); }

void consumer() {
  say("acquiring lock.");
  condition.acquire();
  say("acquired lock.");
  while (queue.empty()) {
    say("waiting (released lock).");
    condition.wait();
  }
  say("consumed " + std::to_string(queue.back()));
  queue.pop_back();
  say("releasing lock.");
  condition.release();
}

void producer() {
  for (int i = 0; i < 5; ++i) {
    twill::sleep(1s);
    say("acquiring lock.");
    condition.acquire();
    queue.push_back(i);
    say("produced " + std::to_string(i));
    say("notifying.");
    condition.notify();
    say("releasing lock.");
    condition.release();
  }
}

int main() {
  std::vector<twill::Thread> threads;
  threads.emplace_back(producer).start();
  for (int i = 0; i < 5; ++i) threads.emplace_back(consumer).start();
}  // nobody joins them: the program ends when they have
