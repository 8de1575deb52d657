// A map over numbers of which three are poison: one crashes, one is killed from outside, one eats
// more memory than it may. Each costs its own result and no other.
#include <csignal>
#include <cstdlib>
#include <ranges>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include <twill/twill.hpp>

namespace mp = twill::mp;

// The most memory that a worker may have.
void confine(rlim_t bytes) {
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_DATA, &limit);
}

long crunch(int n) {
  if (n == 25) std::raise(SIGSEGV);
  if (n == 50) return std::system(("kill -9 " + std::to_string(getpid())).c_str());
  if (n == 75) return static_cast<long>(std::string(std::size_t{4} << 30, 'x').size());
  return long{n} * n;
}

int main() {
  mp::Pool pool({.processes = 2, .initializer = mp::Call(confine, rlim_t{1} << 30)});
  long sum = 0;
  int results = 0;
  auto all = pool.imap(crunch, std::views::iota(0, 100));
  for (auto at = all.begin(); at != all.end(); ++at) try {
      sum += *at;
      ++results;
    } catch (const mp::WorkerLost& lost) {
      twill::print("lost: exit code {}\n", lost.report().exitcode);
    } catch (const std::bad_alloc&) {
      twill::print("out of memory\n");
    }
  twill::print("{} results, their sum is {}\n", results, sum);
}
