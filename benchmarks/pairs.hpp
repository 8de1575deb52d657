#pragma once

#include <cstdint>

#include "team.hpp"

namespace bench {

/// Nanoseconds for one run of `pair`: of this thread's processor time, so that it does not matter
/// what else the machine runs. Nobody waits here.
template <class Pair>
double time_pairs(Pair pair) {
  constexpr int kBatch = 32768;
  const double limit = seconds(0.05);
  const double begin = thread_seconds();
  double passed = 0;
  std::int64_t count = 0;
  for (; passed < limit; passed = thread_seconds() - begin, count += kBatch)
    for (int i = 0; i < kBatch; ++i) pair();
  return passed / static_cast<double>(count) * 1e9;
}

}  // namespace bench
