// Six ways to synchronise threads: Lock, RLock, Semaphore, Condition, Event and Barrier.
#include <vector>

#include <twill/twill.hpp>

constexpr int kThreads = 4;

void in_threads(auto work) {
  std::vector<twill::Thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}

int main() {
  int count = 0;

  twill::Lock lock;
  in_threads([&] {
    twill::Hold hold(lock);
    ++count;
  });
  twill::print("Lock:      {} threads added up to {}\n", kThreads, count);

  twill::RLock rlock;
  auto add_one = [&] {
    twill::Hold again(rlock);
    ++count;
  };
  in_threads([&] {
    twill::Hold hold(rlock);
    add_one();
  });
  twill::print("RLock:     and to {}, each taking it twice\n", count);

  twill::Semaphore permit(1);
  in_threads([&] {
    permit.acquire();
    ++count;
    permit.release();
  });
  twill::print("Semaphore: and to {}\n", count);

  twill::Condition changed;
  in_threads([&] {
    twill::Hold hold(changed);
    ++count;
    changed.notify_all();
    changed.wait_for([&] { return count == 4 * kThreads; });
  });
  twill::print("Condition: and to {}, waiting for the last\n", count);

  twill::Event event;
  twill::Thread setter([&] { event.set(); });
  setter.start();
  event.wait();
  twill::print("Event:     is set: {}\n", event.is_set());

  twill::Barrier barrier(kThreads, {.action = [&] { count = 0; }});
  in_threads([&] { barrier.wait(); });
  twill::print("Barrier:   the last one reset the sum to {}\n", count);
}
