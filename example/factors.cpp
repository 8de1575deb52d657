// The prime factors of large numbers, found by the threads of a pool.
//
// Multiplied they have to give the number again, however many threads there are.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <vector>

#include <fmt/ranges.h>
#include <twill/twill.hpp>

#include "support/timed.hpp"

using Number = std::int64_t;

const std::vector<Number> kNumbers = {8'000'086'000'111,  7'500'069'500'153,  8'539'754'307'881,
                                      12'960'007'200'001, 10'000'000'000'037, 20'000'000'000'021,
                                      8'796'093'022'207,  10'000'000'000'001, 6'469'693'230};

std::vector<Number> prime_factors(Number n) {
  std::vector<Number> factors;
  for (Number factor = 2; factor * factor <= n; ++factor)
    for (; n % factor == 0; n /= factor) factors.push_back(factor);
  if (n > 1) factors.push_back(n);
  return factors;
}

Number product(const std::vector<Number>& factors) {
  return std::accumulate(factors.begin(), factors.end(), Number{1}, std::multiplies());
}

int main() {
  for (const int threads : {1, 2, 4}) {
    twill::ThreadPool pool({.processes = threads});
    const auto [factors, seconds] = timed([&] { return pool.map(prime_factors, kNumbers); });
    for (std::size_t i = 0; i < kNumbers.size(); ++i) {
      if (threads == 1) twill::print("{} = {}\n", kNumbers[i], fmt::join(factors[i], " * "));
      if (product(factors[i]) != kNumbers[i]) return EXIT_FAILURE;
    }
    twill::print("threads: {}  time: {:.2f} s\n", threads, seconds);
  }
}
