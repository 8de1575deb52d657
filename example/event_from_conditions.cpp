// An event can be built from a condition; five runners wait for the starting shot.
#include <vector>

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
}
