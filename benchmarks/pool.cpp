// The area `pool`: what it costs to hand work to others. All sides have as many threads as the
// machine has processors for; TBB's count the one that waits.

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cmath>
#include <execution>
#include <future>
#include <numeric>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_group.h>
#include <twill/task/task_group.hpp>
#include <twill/task/thread_pool.hpp>
#include <twill/thread/threading.hpp>

#include "pool_graph.hpp"
#include "pool_python.hpp"
#include "team.hpp"

namespace bench {
namespace {

using Asio = boost::asio::thread_pool;
using twill::ThreadPool;

int workers() { return twill::process_cpu_count(); }

template <class F>
double timed(F&& f) {
  const auto begin = Clock::now();
  f();
  return since(begin);
}

/// Nanoseconds for each of many empty tasks, submitted by one thread and waited for.
namespace empty {

int count() { return options.quick ? 100'000 : 1'000'000; }

Side<> side(const char* name, std::function<void(std::atomic<int>&)> work) {
  return {name, [work = std::move(work)] {
            std::atomic<int> last{0};
            const double passed = timed([&] { work(last); });
            verify(last == 1, "a task was not run");
            return passed / count() * 1e9;
          }};
}

Side<> twill_group(ThreadPool& pool) {
  return side("twill::TaskGroup", [&](std::atomic<int>& last) {
    twill::TaskGroup group(pool);
    for (int i = 0; i < count(); ++i)
      group.run([&last, i] {
        if (i + 1 == count()) last = 1;
      });
    group.wait();
  });
}

Side<> twill_futures(ThreadPool& pool) {
  return side("twill, a Future each", [&](std::atomic<int>& last) {
    std::vector<twill::Future<void>> futures;
    futures.reserve(static_cast<std::size_t>(count()));
    for (int i = 0; i < count(); ++i)
      futures.push_back(pool.submit([&last, i] {
        if (i + 1 == count()) last = 1;
      }));
    for (const auto& future : futures) future.result();
  });
}

Side<> tbb_group() {
  return side("tbb::task_group", [](std::atomic<int>& last) {
    tbb::task_group group;
    for (int i = 0; i < count(); ++i)
      group.run([&last, i] {
        if (i + 1 == count()) last = 1;
      });
    group.wait();
  });
}

Side<> asio() {
  return side("asio::thread_pool", [](std::atomic<int>& last) {
    Asio pool(static_cast<std::size_t>(workers()));
    for (int i = 0; i < count(); ++i)
      boost::asio::post(pool, [&last, i] {
        if (i + 1 == count()) last = 1;
      });
    pool.join();
  });
}

void run(ThreadPool& pool) {
  const auto figures = take_turns({twill_group(pool), twill_futures(pool), tbb_group(), asio()});
  const Work work{"empty tasks, each", "ns", Better::less, 4, true};
  report(work, figures[0], {figures[2]});
  report(Work{"empty tasks, each", "ns", Better::less, 8}, figures[0], {figures[3]});
  report(Work{"empty tasks with a Future, each", "ns", Better::less, 2}, figures[1], {figures[2]});
}

}  // namespace empty

/// Milliseconds for a tree of forks and joins.
namespace fork_join {

int fibonacci(ThreadPool& pool, int n) {
  if (n < 2) return n;
  int one = 0;
  twill::TaskGroup group(pool);
  group.run([&one, &pool, n] { one = fibonacci(pool, n - 1); });
  const int other = fibonacci(pool, n - 2);
  group.wait();
  return one + other;
}

int fibonacci(int n) {
  if (n < 2) return n;
  int one = 0;
  tbb::task_group group;
  group.run([&one, n] { one = fibonacci(n - 1); });
  const int other = fibonacci(n - 2);
  group.wait();
  return one + other;
}

template <class F>
Side<> side(const char* name, F f) {
  return {name, [f] {
            int sum = 0;
            const double passed = timed([&] { sum = f(options.quick ? 22 : 30); });
            verify(sum == (options.quick ? 17'711 : 832'040), "a wrong sum");
            return passed * 1e3;
          }};
}

void run(ThreadPool& pool) {
  const char* const name = options.quick ? "fib(22) by fork and join" : "fib(30) by fork and join";
  compare(Work{name, "ms", Better::less, 2.4, true},
          {side("twill::TaskGroup", [&pool](int n) { return fibonacci(pool, n); }),
           side("tbb::task_group", [](int n) { return fibonacci(n); })});
}

}  // namespace fork_join

/// Microseconds for one task there and back.
namespace one {

template <class F>
Side<> side(const char* name, F there_and_back) {
  return {name, [there_and_back] {
            int count = 0;
            const double limit = seconds(0.1);
            const auto begin = Clock::now();
            for (; since(begin) < limit; ++count) verify(there_and_back() == 1, "a wrong result");
            return since(begin) / count * 1e6;
          }};
}

void run(ThreadPool& pool) {
  Asio asio(static_cast<std::size_t>(workers()));
  const auto figures = take_turns(
      {side("twill::TaskGroup",
            [&pool] {
              int result = 0;
              twill::TaskGroup group(pool);
              group.run([&result] { result = 1; });
              group.wait();
              return result;
            }),
       side("twill, submit and result", [&pool] { return pool.submit([] { return 1; }).result(); }),
       side("tbb::task_group",
            [] {
              int result = 0;
              tbb::task_group group;
              group.run([&result] { result = 1; });
              group.wait();
              return result;
            }),
       side("asio and std::promise", [&asio] {
         std::promise<int> promise;
         boost::asio::post(asio, [&promise] { promise.set_value(1); });
         return promise.get_future().get();
       })});
  report(Work{"one task there and back", "us", Better::less, 0.5}, figures[0], {figures[2]});
  report(Work{"one task there and back", "us", Better::less, 20}, figures[0], {figures[3]});
  report(Work{"one task by a worker", "us", Better::less, 0}, figures[1], {figures[3]});
}

}  // namespace one

/// Maps: of very small elements in microseconds, of larger ones as a share of the ideal time.
namespace maps {

void spin(std::chrono::microseconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) continue;
}

void run_small(ThreadPool& pool) {
  std::vector<std::int64_t> numbers(1'000'000);
  std::iota(numbers.begin(), numbers.end(), 0);
  const auto square = [](std::int64_t n) { return n * n; };
  const auto side = [&](const char* name, auto map) {
    return Side<>{name, [&numbers, map] {
                    std::vector<std::int64_t> squares;
                    const double passed = timed([&] { squares = map(); });
                    verify(squares.back() == numbers.back() * numbers.back(), "a wrong square");
                    return passed * 1e6;
                  }};
  };
  compare(Work{"map of a million x * x", "us", Better::less, 1, true},
          {side("twill", [&] { return pool.map(square, numbers); }),
           side("std::execution::par",
                [&] {
                  std::vector<std::int64_t> out(numbers.size());
                  std::transform(std::execution::par, numbers.begin(), numbers.end(), out.begin(),
                                 square);
                  return out;
                }),
           side("tbb::parallel_for", [&] {
             std::vector<std::int64_t> out(numbers.size());
             tbb::parallel_for(tbb::blocked_range<std::size_t>(0, numbers.size()),
                               [&](const tbb::blocked_range<std::size_t>& range) {
                                 for (std::size_t i = range.begin(); i < range.end(); ++i)
                                   out[i] = square(numbers[i]);
                               });
             return out;
           })});
}

/// How much of its time is lost, in parts of the ideal: the sum by the number of workers, or the
/// longest element.
void run_large(ThreadPool& pool, const char* name, const std::vector<int>& times) {
  using std::chrono::microseconds;
  const double sum = std::accumulate(times.begin(), times.end(), 0) * 1e-6 / workers();
  const double ideal = std::max(sum, *std::max_element(times.begin(), times.end()) * 1e-6);
  const auto side = [&](const char* side_name, auto each) {
    return Side<>{side_name, [&times, each, ideal] { return timed([&] { each(times); }) / ideal; }};
  };
  compare(Work{name, "of the ideal", Better::less, 0, true},
          {side("twill",
                [&](const std::vector<int>& all) {
                  pool.map([](int us) { spin(microseconds(us)); }, all);
                }),
           side("tbb::parallel_for", [](const std::vector<int>& all) {
             tbb::parallel_for(std::size_t{0}, all.size(),
                               [&](std::size_t i) { spin(microseconds(all[i])); });
           })});
}

void run(ThreadPool& pool) {
  run_small(pool);
  run_large(pool, "map of 1000 x 100 us", std::vector<int>(options.quick ? 100 : 1'000, 100));
  std::vector<int> skewed(options.quick ? 100 : 1'000, 50);
  skewed.back() = 5'000;
  run_large(pool, "map of 50 us, the last one 5 ms", skewed);
}

}  // namespace maps

/// Microseconds for a pool that is made, does nothing, and ends.
void run_start() {
  const auto side = [](const char* name, auto start_and_stop) {
    return Side<>{name, [start_and_stop] {
                    int count = 0;
                    const double limit = seconds(0.1);
                    const auto begin = Clock::now();
                    for (; since(begin) < limit; ++count) start_and_stop();
                    return since(begin) / count * 1e6;
                  }};
  };
  compare(Work{"start and stop a pool of 2", "us", Better::less, 1},
          {side("twill::ThreadPool", [] { ThreadPool pool({.processes = 2}); }),
           side("asio::thread_pool", [] {
             Asio pool(2);
             pool.join();
           })});
}

void run() {
  if (!measured_at(Place::free)) return;
  ThreadPool pool({.processes = workers()});
  empty::run(pool);
  fork_join::run(pool);
  one::run(pool);
  maps::run(pool);
  run_graph(pool);
  run_python_pools(pool);
  run_start();
}

const Area area("pool", "handing work to others, and the results", run);

}  // namespace
}  // namespace bench
