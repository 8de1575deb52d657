// Readers together, writers alone: the first reader in locks the room, the last one out unlocks it.
//
// The Little Book of Semaphores (A. Downey), 4.2, with the turnstile that lets no writer starve;
// then the same with RWLock, which has both built in.
#include <atomic>
#include <shared_mutex>
#include <vector>

#include <twill/twill.hpp>

class BookLock {
 public:
  void lock_shared() {
    turnstile_.acquire();  // behind a writer that waits
    turnstile_.release();
    const auto readers = readers_.lock();
    if (++*readers == 1) room_is_empty_.acquire();
  }
  void unlock_shared() {
    const auto readers = readers_.lock();
    if (--*readers == 0) room_is_empty_.release();
  }
  void lock() {
    turnstile_.acquire();
    room_is_empty_.acquire();
  }
  void unlock() {
    turnstile_.release();
    room_is_empty_.release();
  }

 private:
  twill::Semaphore turnstile_{1}, room_is_empty_{1};
  twill::Guarded<int> readers_{0};
};

template <class AnyRWLock>
void library(const char* how) {
  AnyRWLock room;
  twill::Barrier all_readers_inside(6);
  int pages = 0;
  std::atomic<int> readers{0}, writers{0}, clashes{0};
  std::vector<twill::Thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      {
        std::shared_lock reading(room);
        all_readers_inside.wait();
      }
      for (int k = 0; k < 50; ++k) {
        std::shared_lock reading(room);
        ++readers;
        if (writers != 0) ++clashes;
        --readers;
      }
    });
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      all_readers_inside.wait();
      for (int k = 0; k < 50; ++k) {
        twill::Hold writing(room);
        if (++writers != 1 || readers != 0) ++clashes;
        ++pages;
        --writers;
      }
    });
  for (auto& thread : threads) thread.start();
  for (auto& thread : threads) thread.join();
  twill::print("{}: four readers at once, {} pages written, {} clashes\n", how, pages,
               clashes.load());
}

int main() {
  library<BookLock>("by semaphores");
  library<twill::RWLock>("by RWLock");
}
