#include <twill/sync/acquire_all.hpp>

#include <algorithm>

#include <twill/park/clock.hpp>
#include <twill/park/self.hpp>
#include <twill/platform/error.hpp>

#include "platform/clock.hpp"

TWILL_BEGIN
namespace detail {

void throw_given_twice(const std::string& name) {
  throw RuntimeError("acquire_all() was given " + name + " twice");
}

void step_back(unsigned round) noexcept {
  constexpr unsigned kPolite = 8;  // rounds that merely yield
  if (round < kPolite) return yield_cpu();
  const unsigned longest = 1u << std::min(round - kPolite, 8u);  // us
  const unsigned mixed = (self() * 2654435761u + round * 40503u) >> 8;
  try {
    sleep(std::chrono::microseconds(1 + mixed % longest));
  } catch (...) {
    yield_cpu();  // interrupted by a signal: the next lock() will say so
  }
}

}  // namespace detail
TWILL_END
