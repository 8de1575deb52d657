// A pool of processes: one call, a map, a lazy map, and a call that takes longer than one waits.
#include <ranges>

#include <twill/twill.hpp>

#include <fmt/ranges.h>

namespace mp = twill::mp;
using namespace std::chrono_literals;

int f(int x) { return x * x; }

int main() {
  mp::Pool pool({.processes = 4});

  const auto result = pool.apply_async(f, 10);
  twill::print("{}\n", result.get(1min));

  twill::print("{}\n", pool.map(f, std::views::iota(0, 10)));

  auto squares = pool.imap(f, std::views::iota(0, 10));
  auto it = squares.begin();
  for (int i = 0; i < 3; ++i, ++it) twill::print("{}\n", *it);

  const auto late = pool.apply_async([] { twill::sleep(10s); });
  try {
    late.get(1s);
  } catch (const twill::TimeoutError&) {
    twill::print("TimeoutError\n");
  }
  pool.terminate();
}
