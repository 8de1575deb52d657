// The integral of x^2 by threads of one's own, whose results come through a queue.
//
// threading_integrate [a] [b] [N] [thread_count]
#include <cstdlib>
#include <string>
#include <vector>

#include <twill/twill.hpp>

#include "support/integral.hpp"
#include "support/timed.hpp"

double square(double x) { return x * x; }

double threading_integrate(auto f, double a, double b, int n, int thread_count) {
  const double width = (b - a) / thread_count;
  twill::Queue<double> results;
  std::vector<twill::Thread> threads;
  for (int i = 0; i < thread_count; ++i) {
    const double begin = a + i * width;
    threads.emplace_back(
        [=, &results] { results.put(integrate(f, begin, begin + width, n / thread_count)); });
    threads.back().start();
    twill::print("Thread {} started\n", threads.back().name());
  }
  for (auto& thread : threads) thread.join();

  double sum = 0;
  while (!results.empty()) sum += results.get();
  return sum;
}

int main(int argc, char** argv) {
  const double a = argc > 1 ? std::atof(argv[1]) : 0;
  const double b = argc > 2 ? std::atof(argv[2]) : 10;
  const int n = argc > 3 ? std::atoi(argv[3]) : 10'000'000;
  const int thread_count = argc > 4 ? std::atoi(argv[4]) : 2;
  if (argc > 5 || (argc > 1 && argv[1] == std::string("-h")) || thread_count < 1 ||
      n < thread_count) {
    twill::print("usage: threading_integrate [a] [b] [N] [thread_count]\n");
    return argc == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  const auto [sum, seconds] =
      timed([&] { return threading_integrate(square, a, b, n, thread_count); });
  twill::print("Numerical solution with N={} : {:.6f}\n", n, sum);
  twill::print("Elapsed time: {:.3f} s\n", seconds);
}
