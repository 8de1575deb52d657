// Two threads share one core: half of T1, half of T2, the rest of T1, the rest of T2.
//
// The core is a model; a thread that holds it works, and a thread that sleeps leaves it to others.
#include <deque>
#include <string>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

// Given to the threads in the order in which they ask.
class Core {
 public:
  void work(const std::string& slice, twill::Timeout time) {
    {
      twill::Hold hold(changed_);
      const int me = next_ticket_++;
      changed_.wait_for([&] { return me == now_served_; });
    }
    twill::sleep(time);
    twill::print("{:4.1f} s  {}\n", seconds(twill::now() - begin_), slice);
    busy_ += std::chrono::nanoseconds(time.nanoseconds());
    twill::Hold hold(changed_);
    ++now_served_;
    changed_.notify_all();
  }

  void report() const {
    const double all = seconds(twill::now() - begin_);
    twill::print("busy {:.1f} of {:.1f} s\n", seconds(busy_), all);
  }

 private:
  static double seconds(std::chrono::duration<double> d) { return d.count(); }

  const twill::Clock::time_point begin_ = twill::now();
  std::chrono::nanoseconds busy_{0};  // written by whoever has the core
  twill::Condition changed_;
  int next_ticket_ = 0;
  int now_served_ = 0;
};

int main() {
  Core core;
  auto thread = [&](const std::string& name) {
    core.work("first half of " + name, 1s);
    core.work("second half of " + name, 1s);
  };
  twill::Thread t1(thread, "T1"), t2(thread, "T2");
  t1.start();
  twill::sleep(100ms);
  t2.start();
  t1.join();
  t2.join();

  twill::Thread sleeper([&] {
    core.work("T3 before its sleep", 1s);
    twill::sleep(500ms);
    core.work("T3 after its sleep", 1s);
  });
  twill::Thread worker([&] { core.work("T4, while T3 sleeps", 2s); });
  sleeper.start();
  twill::sleep(100ms);
  worker.start();
  sleeper.join();
  worker.join();
  core.report();
}
