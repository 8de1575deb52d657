// What a manager's server cannot be asked to do does not compile, and the compiler says why.

#include <twill/mp/manager.hpp>

namespace mp = twill::mp;

struct Counter {
  int n = 0;
  int add(int by) { return n += by; }
  int* place() { return &n; }
};

int look(Counter& counter) { return counter.n; }

void all(const mp::Manager& manager, const mp::Proxy<Counter>& counter) {
  // says: this lock belongs to a thread
  manager.make<twill::RLock>();
  // says: no constructor takes these arguments
  manager.make<Counter>(std::string("three"));
  // says: a pointer to a text means nothing in another process: send a std::string
  manager.make<std::string>("text");
  // says: a server calls nothing by its address: write with([](T& t) { return f(t); })
  counter.with(look);
  // says: the function takes more or fewer arguments
  counter.call<&Counter::add>();
  // says: a pointer means nothing in another process: send the value, or an index
  counter.call<&Counter::place>();
  // says: this callable cannot cross to a new process, maybe for what a lambda captures
  int by = 3;
  counter.with([by](Counter& c) { return c.n += by; });
}
