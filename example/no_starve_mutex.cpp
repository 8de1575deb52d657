// A lock for which no thread waits for ever, made of semaphores that promise nothing of the kind.
//
// The Little Book of Semaphores (A. Downey), 4.3, after J. Morris (1979): two waiting rooms and two
// turnstiles. Whoever comes while room two is emptied waits in room one.
#include <vector>

#include <twill/twill.hpp>

class NoStarveMutex {
 public:
  void lock() {
    mutex_.acquire();
    ++room1_;
    mutex_.release();

    first_.acquire();
    ++room2_;
    mutex_.acquire();
    --room1_;
    const bool last = room1_ == 0;
    mutex_.release();
    (last ? second_ : first_).release();

    second_.acquire();
    --room2_;
  }

  void unlock() { (room2_ == 0 ? first_ : second_).release(); }

 private:
  twill::Semaphore mutex_{1}, first_{1}, second_{0};
  int room1_ = 0;  // guarded by mutex_
  int room2_ = 0;  // guarded by the turnstiles
};

int main() {
  NoStarveMutex mutex;
  int count = 0;
  std::vector<twill::Thread> threads;
  for (int i = 0; i < 5; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) {
        twill::Hold hold(mutex);
        ++count;
      }
    });
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
  twill::print("5 threads added up to {}\n", count);
}
