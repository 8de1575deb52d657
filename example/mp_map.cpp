// The same map by four processes, waited for and not.
#include <ranges>

#include <twill/twill.hpp>

#include <fmt/ranges.h>

int twice(int a) { return a + a; }

int main() {
  twill::mp::Pool pool({.processes = 4});
  twill::print("{}\n", pool.map(twice, std::views::iota(0, 10)));

  const auto result = pool.map_async(twice, std::views::iota(0, 10));
  result.wait();
  twill::print("{}\n", result.get());
}
