// The integral of x^2 from 0 to 10, in as many pieces as a pool has processes: 1, 2 and 4.
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <ranges>

#include <twill/twill.hpp>

#include "support/integral.hpp"
#include "support/timed.hpp"

double square(double x) { return x * x; }

// What crosses to another process is a value: here the piece, as a number of so many.
struct Piece {
  double a, b;
  int n, pieces;
  double operator()(int i) const {
    const double width = (b - a) / pieces;
    return integrate(square, a + i * width, a + (i + 1) * width, n / pieces);
  }
};

double mp_integrate(double a, double b, int n, int processes) {
  twill::mp::Pool pool({.processes = processes});
  const auto areas = pool.map(Piece{a, b, n, processes}, std::views::iota(0, processes));
  return std::accumulate(areas.begin(), areas.end(), 0.0);
}

int main() {
  constexpr int kRectangles = 10'000'000;
  double alone = 0;
  for (const int processes : {1, 2, 4}) {
    const auto [area, seconds] = timed([=] { return mp_integrate(0, 10, kRectangles, processes); });
    if (processes == 1) alone = seconds;
    twill::print("processes: {}  area: {:.6f}  time: {:.3f} s  speed-up: {:.2f}\n", processes, area,
                 seconds, alone / seconds);
    if (std::abs(area - 1000.0 / 3) > 1e-4) return EXIT_FAILURE;
  }
}
