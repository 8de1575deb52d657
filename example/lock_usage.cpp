// The ways to take a lock: acquire and release, a scope, one attempt, an attempt for some time.
#include <mutex>

#include <twill/twill.hpp>

using namespace std::chrono_literals;

int main() {
  twill::Lock lock;

  lock.acquire();
  twill::print("acquired: {}\n", lock.locked());
  lock.release();
  twill::print("released: {}\n", lock.locked());

  {
    twill::Hold hold(lock);  // Python's `with lock:`
    twill::print("in the scope: {}\n", lock.locked());
  }
  {
    std::scoped_lock hold(lock);  // the standard's guards do as well
    twill::print("in the other scope: {}\n", lock.locked());
  }
  twill::print("behind them: {}\n", lock.locked());

  lock.acquire();
  twill::print("acquire(false) on a held lock: {}\n", lock.acquire(false));
  twill::print("acquire(50ms) on a held lock: {}\n", lock.acquire(50ms));
  lock.release();
  twill::print("acquire(false) on a free lock: {}\n", lock.acquire(false));
  lock.release();
}
