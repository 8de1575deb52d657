// A model of a global interpreter lock: input and output overlap, computing does not.
#include <algorithm>
#include <vector>

#include <twill/twill.hpp>

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;

// A process with its interpreter. Whoever has the lock runs bytecode; time stands for work.
class Process {
 public:
  void compute(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 100ms) {  // gives others a chance now and then
      twill::Hold gil(gil_);
      most_ = std::max(most_, ++running_);
      twill::sleep(100ms);
      --running_;
    }
  }
  void wait_for_disk(std::chrono::milliseconds time) { twill::sleep(time); }  // without the lock
  int most_at_once() const { return most_; }

 private:
  twill::Lock gil_;
  int running_ = 0, most_ = 0;
};

void five_steps() {
  twill::Lock gil;
  const auto begin = twill::now();
  auto note = [&](const char* what) {
    twill::print("{:4.1f} s  {}\n", Seconds(twill::now() - begin).count(), what);
  };
  twill::Thread t1([&] {
    gil.lock();
    note("T1 takes the lock and computes");
    twill::sleep(1s);
    note("T1 gives it up to read a file");
    gil.unlock();
    twill::sleep(500ms);
    note("T1 has read, and must wait to get it back");
    twill::Hold hold(gil);
    note("T1 goes on");
  });
  twill::Thread t2([&] {
    note("T2 waits, although a core is free");
    twill::Hold hold(gil);
    note("T2 takes it and computes");
    twill::sleep(1s);
    note("T2 is done");
  });
  note("a process with two threads");
  t1.start();
  twill::sleep(100ms);
  t2.start();
  t1.join();
  t2.join();
}

// Runs `work` once on each of the processes, all at the same time; answers how long it took.
double time_of(std::vector<Process*> processes, auto work) {
  const auto begin = twill::now();
  std::vector<twill::Thread> threads;
  for (Process* process : processes) threads.emplace_back([=] { work(*process); });
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
  return Seconds(twill::now() - begin).count();
}

int main() {
  five_steps();
  Process one, another;
  auto computing = [](Process& p) { p.compute(1s); };
  auto reading = [](Process& p) { p.wait_for_disk(1s); };
  twill::print("\ncomputing, 2 threads:   {:.1f} s\n", time_of({&one, &one}, computing));
  twill::print("computing, 2 processes: {:.1f} s\n", time_of({&one, &another}, computing));
  twill::print("reading, 2 threads:     {:.1f} s\n", time_of({&one, &one}, reading));
  twill::print("at most {} thread ran bytecode at a time\n", one.most_at_once());
}
