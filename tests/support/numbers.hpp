#pragma once

#include <array>
#include <cstddef>
#include <numeric>
#include <vector>

namespace support {

/// None, few, and some about what algorithms do at once, up to many pieces.
inline constexpr std::array<std::size_t, 8> kSizes{0, 1, 2, 3, 7, 513, 4'097, 100'001};

inline int square(int n) { return n * n; }

/// 0, 1, ... n - 1
inline std::vector<int> up_to(std::size_t n) {
  std::vector<int> all(n);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

inline std::vector<int> squares_up_to(std::size_t n) {
  std::vector<int> all = up_to(n);
  for (int& each : all) each *= each;
  return all;
}

}  // namespace support
