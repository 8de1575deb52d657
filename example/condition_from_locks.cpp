// A condition can be built from several locks; this one passes ten numbers on, each once.
//
// Each waiter brings a lock of its own, which it takes twice: the second time blocks it until a
// notifier releases that lock (acquire() and release(): any thread may).
#include <deque>
#include <memory>

#include <twill/twill.hpp>

class TeachingCondition {
 public:
  void acquire() { lock_.acquire(); }
  void release() { lock_.release(); }

  // With the lock held. Standing in line comes before letting go, so that no notify is lost.
  void wait() {
    auto door = std::make_shared<twill::Lock>();
    door->acquire();
    waiters_.push_back(door);
    lock_.release();
    door->acquire();  // blocks here
    lock_.acquire();
    door->release();
  }

  // With the lock held. Wakes whoever waits longest. The notifier keeps the door alive until it is
  // through with it: the waiter may be gone by then.
  void notify() {
    if (waiters_.empty()) return;
    auto door = std::move(waiters_.front());
    waiters_.pop_front();
    door->release();
  }

  void notify_all() {
    while (!waiters_.empty()) notify();
  }

 private:
  twill::Lock lock_;
  std::deque<std::shared_ptr<twill::Lock>> waiters_;  // guarded by lock_
};

TeachingCondition condition;
std::deque<int> items;

void producer() {
  for (int i = 0; i < 10; ++i) {
    condition.acquire();
    items.push_back(i);
    condition.notify();
    condition.release();
  }
}

void consumer() {
  for (int i = 0; i < 5; ++i) {
    condition.acquire();
    while (items.empty()) condition.wait();
    twill::print("consumed {}\n", items.front());
    items.pop_front();
    condition.release();
  }
}

int main() {
  // Waiting for a lock that one holds oneself looks like a deadlock, and would be reported.
  twill::set_deadlock_policy(twill::DeadlockPolicy::off);
  twill::Thread one(consumer), two(consumer), three(producer);
  for (auto* thread : {&one, &two, &three}) thread->start();
  for (auto* thread : {&one, &two, &three}) thread->join();
}
