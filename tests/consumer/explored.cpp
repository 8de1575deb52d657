// A program that takes a lock, and, if EXPLORED, one in an exploration as well.
#include <twill/sync/lock.hpp>

#ifdef EXPLORED
#include <twill/thread/thread.hpp>
#include <twill/tools/explore.hpp>
#endif

extern "C" void pass(twill::Lock& lock);

int main() {
  twill::Lock lock;
  pass(lock);
#ifdef EXPLORED
  const auto found = twill::explore([] {
    twill::Lock shared;
    twill::Thread other([&] { pass(shared); });
    other.start();
    pass(shared);
    other.join();
  });
  return found.exhaustive ? 0 : 1;
#endif
}
