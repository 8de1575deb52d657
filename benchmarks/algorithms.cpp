// The area `algorithms`: sorting and summing up on a pool, beside the standard's on TBB. All have
// as many threads as the machine has processors for.

#include <algorithm>
#include <chrono>
#include <execution>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <twill/task/algorithms.hpp>
#include <twill/task/sort.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/thread/threading.hpp>

#include "team.hpp"

namespace bench {
namespace {

using twill::ThreadPool;

template <class F>
double timed(F&& f) {
  const auto begin = Clock::now();
  f();
  return since(begin);
}

/// Milliseconds.
template <class T>
void run_sort(ThreadPool& pool, const char* name, double goal, const std::vector<T>& shuffled) {
  std::vector<T> sorted = shuffled;
  std::sort(sorted.begin(), sorted.end());
  const auto side = [&](const char* side_name, auto sort) {
    return Side<>{side_name, [&, sort] {
                    std::vector<T> all = shuffled;
                    const double passed = timed([&] { sort(all); });
                    verify(all == sorted, "a wrong order");
                    return passed * 1e3;
                  }};
  };
  const auto figures = take_turns(
      {side("twill", [&](std::vector<T>& all) { twill::sort(pool, all); }),
       side("std::execution::par",
            [](std::vector<T>& all) { std::sort(std::execution::par, all.begin(), all.end()); }),
       side("std::sort, alone", [](std::vector<T>& all) { std::sort(all.begin(), all.end()); })});
  report(Work{name, "ms", Better::less, 1, true}, figures[0], {figures[1]});
  report(Work{name, "ms", Better::less, goal}, figures[0], {figures[2]});
}

void run_reduce(ThreadPool& pool) {
  const std::vector<double> numbers(options.quick ? 1'000'000 : 10'000'000, 0.5);
  const auto side = [&](const char* name, auto reduce) {
    return Side<>{name, [&numbers, reduce] {
                    double sum = 0;
                    const double passed = timed([&] { sum = reduce(); });
                    verify(sum == 0.5 * static_cast<double>(numbers.size()), "a wrong sum");
                    return passed * 1e3;
                  }};
  };
  compare(Work{options.quick ? "sum of 10^6 doubles" : "sum of 10^7 doubles", "ms", Better::less, 1,
               true},
          {side("twill", [&] { return twill::reduce(pool, numbers, 0.0); }),
           side("std::execution::par", [&] {
             return std::reduce(std::execution::par, numbers.begin(), numbers.end(), 0.0);
           })});
}

void run() {
  if (!measured_at(Place::free)) return;
  ThreadPool pool({.processes = twill::process_cpu_count()});
  std::mt19937 random(1);
  std::vector<int> numbers(options.quick ? 100'000 : 1'000'000);
  for (int& each : numbers) each = static_cast<int>(random());
  std::vector<std::string> words;
  for (const int n : numbers) words.push_back(std::to_string(n));
  run_sort(pool, options.quick ? "sort of 10^5 ints" : "sort of 10^6 ints", 1.6, numbers);
  run_sort(pool, options.quick ? "sort of 10^5 strings" : "sort of 10^6 strings", 1.6, words);
  run_reduce(pool);
}

const Area area("algorithms", "sort and reduce on a pool", run);

}  // namespace
}  // namespace bench
