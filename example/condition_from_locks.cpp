// A condition can be built from several locks; this one passes ten numbers on, each once. Then the
// explorer tries it in every order with two numbers.
//
// Each waiter brings a lock of its own, which it takes twice: the second time blocks it until a
// notifier releases that lock (acquire() and release(): any thread may).
#include <deque>
#include <memory>

#include <twill/tools/explore.hpp>
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

// One producer and two consumers, who share the numbers; answers how many are left.
std::size_t pass_on(int numbers, auto consume) {
  TeachingCondition condition;
  std::deque<int> items;
  auto producer = [&] {
    for (int i = 0; i < numbers; ++i) {
      condition.acquire();
      items.push_back(i);
      condition.notify();
      condition.release();
    }
  };
  auto consumer = [&] {
    for (int i = 0; i < numbers / 2; ++i) {
      condition.acquire();
      while (items.empty()) condition.wait();
      consume(items.front());
      items.pop_front();
      condition.release();
    }
  };
  twill::Thread one(consumer), two(consumer), three(producer);
  for (auto* thread : {&one, &two, &three}) thread->start();
  for (auto* thread : {&one, &two, &three}) thread->join();
  return items.size();
}

int main() {
  // Waiting for a lock that one holds oneself looks like a deadlock, and would be reported.
  twill::set_deadlock_policy(twill::DeadlockPolicy::off);
  pass_on(10, [](int number) { twill::print("consumed {}\n", number); });

  const auto found = twill::explore([] { twill::check(pass_on(2, [](int) {}) == 0); });
  twill::print("{}\n", found.report());
}
