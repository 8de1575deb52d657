// A barrier made of two turnstiles: four threads stay in step over three rounds.
//
// The Little Book of Semaphores (A. Downey), 3.7: the last to arrive opens the first turnstile for
// all, the last to leave the second; so nobody laps the others.
#include <vector>

#include <twill/twill.hpp>

constexpr int kThreads = 4, kRounds = 3;

class Turnstiles {
 public:
  void meet() {
    pass(+1, kThreads, first_);
    pass(-1, 0, second_);
  }

 private:
  void pass(int step, int complete, twill::Semaphore& turnstile) {
    mutex_.acquire();
    count_ += step;
    if (count_ == complete) turnstile.release(kThreads);
    mutex_.release();
    turnstile.acquire();
  }

  twill::Semaphore mutex_{1}, first_{0}, second_{0};
  int count_ = 0;
};

int main() {
  Turnstiles barrier;
  std::vector<twill::Thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int round = 1; round <= kRounds; ++round) {
        twill::print("{} in round {}\n", twill::current_thread().name(), round);
        barrier.meet();
      }
    });
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
}
