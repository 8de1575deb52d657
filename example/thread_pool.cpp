// A pool of four threads: one call, many calls, results one by one, and one that takes too long.
#include <chrono>
#include <ranges>

#include <fmt/ranges.h>
#include <twill/twill.hpp>

using namespace std::chrono_literals;

int square(int x) { return x * x; }

int main() {
  twill::ThreadPool pool({.processes = 4});

  const auto answer = pool.apply_async(square, 10);  // goes on at once
  twill::print("{}\n", answer.get(1s));

  twill::print("{}\n", pool.map(square, std::views::iota(0, 10)));

  for (const int x : pool.imap(square, std::views::iota(0, 3))) twill::print("{}\n", x);

  const auto late = pool.apply_async([] { twill::sleep(10s); });
  try {
    late.get(1s);
  } catch (const twill::TimeoutError&) {
    twill::print("not there after a second\n");
  }
}
