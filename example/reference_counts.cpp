// Why the global lock: an unguarded reference count loses a count, and a lock per object deadlocks.
//
// Both are forced here at first; then the explorer finds them by itself.
#include <atomic>

#include <twill/tools/explore.hpp>
#include <twill/tools/shared.hpp>
#include <twill/twill.hpp>

constexpr auto kRelaxed = std::memory_order_relaxed;

struct Object {
  explicit Object(const char* name = "the object") : lock({.name = name}) {}
  std::atomic<int> references{1};
  twill::Lock lock;
};

void run_both(auto first, auto second) {
  twill::Thread one({.name = "thread 1"}, first), two({.name = "thread 2"}, second);
  one.start();
  two.start();
  one.join();
  two.join();
}

// Both threads read the count before either writes it.
void unguarded() {
  Object object;
  twill::Barrier both_have_read(2);
  auto refer = [&] {
    const int count = object.references.load(kRelaxed);
    both_have_read.wait();
    object.references.store(count + 1, kRelaxed);
  };
  run_both(refer, refer);
  twill::print("unguarded: 3 references, counted {}\n", object.references.load());
}

void guarded_by_one_lock() {
  Object object;
  twill::Lock gil;
  auto refer = [&] {
    twill::Hold hold(gil);
    object.references.store(object.references.load(kRelaxed) + 1, kRelaxed);
  };
  run_both(refer, refer);
  twill::print("one lock for all: 3 references, counted {}\n", object.references.load());
}

// Each thread copies a reference from one object to the other, and locks both.
void guarded_by_a_lock_each() {
  Object a("object a"), b("object b");
  twill::Barrier both_have_one(2);
  auto copy = [&](Object& from, Object& to) {
    try {
      twill::Hold first(from.lock);
      both_have_one.wait();
      twill::Hold second(to.lock);
    } catch (const twill::DeadlockError& error) {
      twill::print("a lock for each: {}\n", error.what());
    }
  };
  run_both([&] { copy(a, b); }, [&] { copy(b, a); });
}

// Counts without waiting for each other; the explorer decides who reads and who writes when.
void count(bool guarded) {
  twill::Shared references(1, "references");
  twill::Lock gil;
  auto refer = [&] {
    if (guarded) gil.acquire();
    ++references;
    if (guarded) gil.release();
  };
  run_both(refer, refer);
  twill::check(references == 3);
}

void copy_crosswise() {
  Object a("object a"), b("object b");
  auto copy = [](Object& from, Object& to) { twill::Hold first(from.lock), second(to.lock); };
  run_both([&] { copy(a, b); }, [&] { copy(b, a); });
}

int main() {
  unguarded();
  guarded_by_one_lock();
  guarded_by_a_lock_each();

  twill::print("\nunguarded: {}\n", twill::explore([] { count(false); }).report());
  twill::print("one lock for all: {}\n", twill::explore([] { count(true); }).report());
  twill::print("a lock for each: {}\n", twill::explore(copy_crosswise).report());
}
