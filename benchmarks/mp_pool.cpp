#include "mp_pool.hpp"

#include <cstdint>
#include <ranges>
#include <string>

#include <twill/mp/pool.hpp>

#include "harness.hpp"
#include "python.hpp"
#include "team.hpp"

namespace bench {
namespace {

namespace mp = twill::mp;

constexpr int kWorkers = 2;

// argv: what is measured, how many, how many processes. Prints microseconds each.
constexpr const char* kProgram = R"python(
import sys, time
from multiprocessing import Pool
what, count, processes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def square(n): return n * n
def size(data): return len(data)
def start():
    pool = Pool(processes)
    pool.close()
    pool.join()
pool = Pool(processes)
pool.map(square, range(100))
data = bytes(1 << 20)
begin = time.perf_counter()
if what == 'apply':
    for n in range(count): assert pool.apply(square, (n,)) == n * n
elif what == 'large':
    for n in range(count): assert pool.apply(size, (data,)) == len(data)
elif what == 'single':
    assert len(list(pool.imap(square, range(count)))) == count
elif what == 'chunk1':
    assert len(pool.map(square, range(count), 1)) == count
elif what == 'map':
    assert len(pool.map(square, range(count))) == count
else:
    for n in range(count): start()
print((time.perf_counter() - begin) / count * 1e6)
pool.close()
pool.join()
)python";

std::int64_t square(std::int64_t n) { return n * n; }
std::size_t size_of(const std::string& data) { return data.size(); }

Side<> cpython(const char* what, int count) {
  return {"multiprocessing.Pool", [=] {
            return python(kProgram,
                          what + (' ' + std::to_string(count)) + ' ' + std::to_string(kWorkers));
          }};
}

/// Microseconds for each of `count`, all of which `f` does.
template <class F>
Side<> side(int count, F f) {
  return {"twill", [=] {
            const auto begin = Clock::now();
            f(count);
            return since(begin) / count * 1e6;
          }};
}

int scaled(int count) { return options.quick ? count / 5 : count; }

}  // namespace

void run_process_pools() {
  mp::Pool pool({.processes = kWorkers});
  const auto line = [](const char* name, double goal, int count, const char* what, auto f) {
    compare(Work{std::string("Pool, ") + name, "us", Better::less, goal},
            {side(count, f), cpython(what, count)});
  };
  line("one call and back", 4, scaled(2'000), "apply", [&](int count) {
    for (std::int64_t n = 0; n < count; ++n) verify(pool.apply(square, n) == n * n, "a call");
  });
  line("1 MiB there, each", 0, scaled(100), "large", [&](int count) {
    const std::string data(1 << 20, 'x');
    for (int n = 0; n < count; ++n) verify(pool.apply(size_of, data) == data.size(), "a call");
  });
  const auto one_by_one = [&](int count) {
    std::int64_t results = 0;
    for ([[maybe_unused]] const auto n :
         pool.imap(square, std::views::iota(std::int64_t{0}, std::int64_t{count})))
      ++results;
    verify(results == count, "a call was not made");
  };
  line("imap, one by one, each", 0, scaled(10'000), "single", one_by_one);
  const auto map = [&](int count) {
    const auto all = std::views::iota(std::int64_t{0}, std::int64_t{count});
    verify(pool.map(square, all).size() == static_cast<std::size_t>(count), "a call was not made");
  };
  line("map beside chunks of 1, each", 20, scaled(10'000), "chunk1", map);
  line("map of 10^5, each", 5, 100'000, "map", map);
  line("start and stop of 2", 3, scaled(50), "start", [](int count) {
    for (int n = 0; n < count; ++n) mp::Pool({.processes = kWorkers});
  });
}

}  // namespace bench
