// What a worker of a pool cannot be given, or cannot answer, does not compile.

#include <memory>
#include <vector>

#include <twill/mp/pool.hpp>
#include <twill/mp/queue.hpp>

namespace mp = twill::mp;

int length(const char* text) { return *text; }
std::shared_ptr<int> share(int n) { return std::make_shared<int>(n); }

void put(mp::Queue<int>&) {}

void all(mp::Pool& pool, mp::Queue<int>& queue) {
  int more = 1;
  // says: this callable cannot cross to a new process, maybe for what a lambda captures
  pool.apply([&more](int n) { return n + more; }, 1);
  // says: a pointer to a text means nothing in another process: send a std::string
  pool.submit(length, "text");
  // says: processes share an object from their start on: pass std::ref() of it to Process
  pool.submit(put, std::ref(queue));
  // says: nothing is shared with another process by a shared_ptr: send the value
  pool.map(share, std::vector{1, 2});
}
