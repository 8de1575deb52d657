#include "pool_python.hpp"

#include <numeric>
#include <vector>

#include "python.hpp"

namespace bench {
namespace {

using twill::ThreadPool;
using twill::ThreadPoolExecutor;

// argv: pool or executor, what is measured, how many, how many threads. Prints nanoseconds each.
constexpr const char* kProgram = R"python(
import sys, time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
which, what, count, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
pool = ThreadPool(threads) if which == 'pool' else ThreadPoolExecutor(threads)
begin_one = pool.apply_async if which == 'pool' else pool.submit
result_of = (lambda r: r.get()) if which == 'pool' else (lambda r: r.result())
def one(): return 1
def square(n): return n * n
result_of(begin_one(one))
begin = time.perf_counter()
if what == 'many':
    total = sum(result_of(r) for r in [begin_one(one) for _ in range(count)])
elif what == 'single':
    total = sum(result_of(begin_one(one)) for _ in range(count))
else:
    total = len(list(pool.map(square, range(count))))
passed = time.perf_counter() - begin
assert total == count
print(passed / count * 1e9)
)python";

/// CPython is given less to do where that takes it longer than a second.
int count_of(const std::string& which, const std::string& what, bool of_python) {
  const double full = what == "map" ? 1e6 : 2e5;
  const bool takes_long = of_python && !(which == "pool" && what == "map");
  return static_cast<int>(full * seconds(0.2) * (takes_long ? 0.25 : 5));
}

Side<> cpython(const std::string& which, const char* what) {
  return {which == "pool" ? "CPython's ThreadPool" : "CPython's ThreadPoolExecutor", [=] {
            return python(kProgram, which + " " + what + " " +
                                        std::to_string(count_of(which, what, true)) + " " +
                                        std::to_string(twill::process_cpu_count()));
          }};
}

/// Nanoseconds for each of so many.
template <class F>
Side<> side(const char* what, F f) {
  return {"twill", [=] {
            const int count = count_of("", what, false);
            const auto begin = Clock::now();
            const auto done = static_cast<int>(f(count));
            const double passed = since(begin);
            verify(done == count, "a call was not made");
            return passed / count * 1e9;
          }};
}

template <class Begin, class Map>
void run_lines(const char* name, const char* which, Begin begin_one, Map map) {
  const std::string label = name;
  compare(Work{label + ", calls and results, each", "ns", Better::less, 50},
          {side("many",
                [&](int count) {
                  std::vector<decltype(begin_one())> all;
                  for (int i = 0; i < count; ++i) all.push_back(begin_one());
                  int sum = 0;
                  for (auto& each : all) sum += each.result();
                  return sum;
                }),
           cpython(which, "many")});
  compare(Work{label + ", one there and back", "ns", Better::less, 50},
          {side("single",
                [&](int count) {
                  int sum = 0;
                  for (int i = 0; i < count; ++i) sum += begin_one().result();
                  return sum;
                }),
           cpython(which, "single")});
  compare(Work{label + ", map of x * x, each", "ns", Better::less, 50},
          {side("map", map), cpython(which, "map")});
}

}  // namespace

void run_python_pools(ThreadPool& pool) {
  const auto square = [](std::int64_t n) { return n * n; };
  const auto one = [] { return 1; };
  run_lines(
      "ThreadPool", "pool", [&] { return pool.submit(one); },
      [&](int count) { return pool.map(square, std::views::iota(0, count)).size(); });
  ThreadPoolExecutor executor({.max_workers = twill::process_cpu_count()});
  run_lines(
      "ThreadPoolExecutor", "executor", [&] { return executor.submit(one); },
      [&](int count) {
        std::size_t results = 0;
        for ([[maybe_unused]] const auto n : executor.map(square, std::views::iota(0, count)))
          ++results;
        return results;
      });
}

}  // namespace bench
