// A mutex for which no thread waits for ever, made of semaphores that wake whom they like.
//
// The Little Book of Semaphores (A. Downey): No-starve mutex, after J. Morris: two waiting rooms.
// Whoever comes back waits in the first one until the second one is empty, so that it overtakes a
// thread that waits at most twice.
#include "puzzle.hpp"

constexpr int kRounds = 3;

class Morris {
 public:
  template <class Said>
  void lock(Said i_wait) {
    mutex_.acquire();
    room1_ += 1;
    mutex_.release();
    i_wait();

    first_.acquire();
    room2_ += 1;
    mutex_.acquire();
    room1_ -= 1;
    const bool last = room1_ == 0;
    mutex_.release();
    (last ? second_ : first_).release();

    second_.acquire();
    room2_ -= 1;
  }
  void unlock() { (room2_ == 0 ? first_ : second_).release(); }

 private:
  twill::Semaphore mutex_{1, {"mutex"}}, first_{1, {"first"}}, second_{0, {"second"}};
  twill::Shared<int> room1_{0, "room 1"};  // under the mutex
  twill::Shared<int> room2_{0, "room 2"};  // under the turnstiles, one of which is shut
};

class Weak {
 public:
  template <class Said>
  void lock(Said i_wait) {
    i_wait();
    mutex_.acquire();
  }
  void unlock() { mutex_.release(); }

 private:
  twill::Semaphore mutex_{1, {"mutex"}};
};

template <class Mutex>
void use() {
  Mutex mutex;
  puzzle::Count waiting("waiting");
  const auto patient = [&] {
    mutex.lock([&] { ++waiting; });
    --waiting;
    mutex.unlock();
  };
  const auto greedy = [&] {
    int overtaken = 0;
    for (int i = 0; i < kRounds; ++i) {
      mutex.lock([] {});
      if (waiting > 0) ++overtaken;
      mutex.unlock();
    }
    twill::check(overtaken <= 2);
  };
  puzzle::play({{"patient", patient}, {"greedy", greedy}});
}

int main() {
  return puzzle::verdict({.right = {{"two waiting rooms", use<Morris>}},
                          .wrong = {{"one semaphore", use<Weak>, "check failed"}}});
}
