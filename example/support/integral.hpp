#pragma once

/// The area under f between a and b: n rectangles of one width, as high as f at their left edge.
template <class F>
double integrate(F f, double a, double b, int n) {
  const double dx = (b - a) / n;
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += f(a + i * dx);
  return sum * dx;
}
