// The integral of x^2 from 0 to 10 by one thread: a hundred rectangles, and what more of them give.
#include <twill/twill.hpp>

#include "support/integral.hpp"

double square(double x) { return x * x; }

int main() {
  twill::print("{:.2f}\n", integrate(square, 0, 10, 100));
  twill::print("{:.2f}\n", integrate(square, 0, 10, 100'000));
}
