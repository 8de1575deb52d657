// The area `memory`: bytes of an object, with what it allocates when it is made.

#include <malloc.h>
#include <new>
#include <twill/queue/queue.hpp>
#include <twill/sync/condition.hpp>
#include <twill/sync/event.hpp>
#include <twill/sync/lock.hpp>
#include <twill/sync/rlock.hpp>
#include <twill/sync/rwlock.hpp>
#include <twill/sync/semaphore.hpp>

#include "harness.hpp"

namespace bench {
namespace {

double heap_in_use() { return static_cast<double>(mallinfo2().uordblks); }

/// sizeof, and what the constructor takes from the heap.
template <class T>
double bytes() {
  alignas(T) unsigned char place[sizeof(T)];
  const double before = heap_in_use();
  T* made = new (place) T;
  const double taken = heap_in_use() - before;
  made->~T();
  return static_cast<double>(sizeof(T)) + taken;
}

template <class T>
void line(const char* name, double limit) {
  report_limit({name, "bytes"}, bytes<T>(), limit);
}

void run() {
  line<twill::Lock>("Lock", 24);
  line<twill::RLock>("RLock", 32);
  report_limit({"Condition", "bytes"}, sizeof(twill::Condition), 32);
  line<twill::Event>("Event", 32);
  line<twill::Semaphore>("Semaphore", 32);
  line<twill::RWLock>("RWLock", 32);
  line<twill::Queue<int>>("Queue<int>, idle and unbounded", 512);
}

const Area area("memory", "bytes of each type against its limit", run);

}  // namespace
}  // namespace bench
