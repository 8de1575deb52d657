// The integral of x^2 from 0 to 10, in as many pieces as a pool has threads: 1, 2, 4 and 8.
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <ranges>

#include <twill/twill.hpp>

#include "support/integral.hpp"
#include "support/timed.hpp"

double square(double x) { return x * x; }

double pool_integrate(auto f, double a, double b, int n, int threads) {
  twill::ThreadPool pool({.processes = threads});
  const double width = (b - a) / threads;
  const auto piece = [&](int i) {
    return integrate(f, a + i * width, a + (i + 1) * width, n / threads);
  };
  const auto areas = pool.map(piece, std::views::iota(0, threads));
  return std::accumulate(areas.begin(), areas.end(), 0.0);
}

int main() {
  constexpr int kRectangles = 10'000'000;
  double alone = 0;
  for (const int threads : {1, 2, 4, 8}) {
    const auto [area, seconds] =
        timed([=] { return pool_integrate(square, 0, 10, kRectangles, threads); });
    if (threads == 1) alone = seconds;
    twill::print("threads: {}  area: {:.6f}  time: {:.3f} s  speed-up: {:.2f}\n", threads, area,
                 seconds, alone / seconds);
    if (std::abs(area - 1000.0 / 3) > 1e-4) return EXIT_FAILURE;
  }
}
