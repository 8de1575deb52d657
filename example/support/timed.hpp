#pragma once

#include <chrono>
#include <utility>

/// What f() answers, and the seconds that it took.
template <class F>
auto timed(F f) {
  const auto start = std::chrono::steady_clock::now();
  auto result = f();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return std::pair(std::move(result), elapsed.count());
}
