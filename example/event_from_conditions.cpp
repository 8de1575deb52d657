// An event can be built from a condition; five runners wait for the starting shot. Then the
// explorer tries it in every order: whoever waits when it is set passes, though it is cleared at
// once.
#include <vector>

#include <twill/tools/explore.hpp>
#include <twill/tools/shared.hpp>
#include <twill/twill.hpp>

using namespace std::chrono_literals;

class TeachingEvent {
 public:
  bool is_set() {
    twill::Hold hold(changed_);
    return set_;
  }

  void set() {
    twill::Hold hold(changed_);
    set_ = true;
    ++shots_;
    changed_.notify_all();
  }

  void clear() {
    twill::Hold hold(changed_);
    set_ = false;
  }

  // Whoever waits when set() is called passes, even if clear() comes before it has woken up.
  void wait() {
    twill::Hold hold(changed_);
    changed_.wait_for([this, before = shots_] { return set_ || shots_ != before; });
  }

  bool wait(twill::Timeout timeout) {
    twill::Hold hold(changed_);
    return changed_.wait_for([this, before = shots_] { return set_ || shots_ != before; }, timeout);
  }

 private:
  twill::Condition changed_;
  bool set_ = false;
  int shots_ = 0;
};

// One waits, another sets and clears; only what waits too late shall be blocked.
void set_and_clear() {
  TeachingEvent event, ready;
  twill::Shared news(0, "news");
  twill::Thread waiter([&] {
    ready.set();
    if (!event.wait(1s)) return;
    twill::check(news == 1);
  });
  waiter.start();
  ready.wait();
  news = 1;
  event.set();
  event.clear();
  waiter.join();
  twill::check(!event.is_set());
}

// Nobody comes too late: the event stays set.
void set_for_good() {
  TeachingEvent event;
  twill::Thread one([&] { event.wait(); }), two([&] { event.wait(); });
  one.start();
  two.start();
  event.set();
  one.join();
  two.join();
}

int main() {
  TeachingEvent shot;
  twill::Guarded<int> running(0);
  std::vector<twill::Thread> runners;
  for (int i = 0; i < 5; ++i)
    runners.emplace_back([&] {
      shot.wait();
      ++*running.lock();
    });
  for (auto& runner : runners) runner.start();

  twill::print("on your marks: {} are running\n", *running.lock());
  shot.set();
  for (auto& runner : runners) runner.join();
  twill::print("shot: {} are running\n", *running.lock());

  shot.clear();
  twill::print("cleared: a late runner {}\n", shot.wait(100ms) ? "runs" : "waits");

  twill::print("set for good: {}\n", twill::explore(set_for_good).report());
  twill::print("set and cleared: {}\n", twill::explore(set_and_clear).report());
}
