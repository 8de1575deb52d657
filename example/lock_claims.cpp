// What is said about locks and threads, tried: release() of a free lock, by others, and moving
// cores.
#include <sched.h>

#include <twill/twill.hpp>

// Whether the calling thread runs on `core`, once it was asked to.
bool move_to(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0 && sched_getcpu() == core;
}

int main() {
  twill::Lock lock({.name = "the lock"});

  twill::print("claim: release() of an unlocked lock returns false\n");
  try {
    lock.release();
  } catch (const twill::RuntimeError& error) {
    twill::print("  no, RuntimeError: {}\n", error.what());
  }

  twill::print("claim: a lock can be released by any thread\n");
  lock.acquire();
  twill::Thread other([&] { lock.release(); });
  other.start();
  other.join();
  twill::print("  {}\n", lock.locked() ? "no" : "yes, if it was taken by acquire()");

  twill::print("claim: a thread stays on one core and cannot be transferred\n");
  twill::Thread wanderer([] {
    cpu_set_t allowed;
    sched_getaffinity(0, sizeof allowed, &allowed);
    int cores = 0, visited = 0;
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &allowed)) ++cores, visited += move_to(core);
    twill::print("  no, one thread ran on {} of {} cores\n", visited, cores);
  });
  wanderer.start();
  wanderer.join();
}
