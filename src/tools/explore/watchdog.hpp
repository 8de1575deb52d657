#pragma once

#include <cstdint>
#include <pthread.h>

#include <twill/park/deadline.hpp>
#include <twill/platform/atomic.hpp>

#include "tools/explore/engine.hpp"
#include "tools/explore/impatience.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// Ends the process with a sentence when the thread that made it, or real ones in its stead, make
/// no step for too long, though they sleep or compute: a body that blocks outside of twill, or
/// loops without an operation of twill's.
class Watchdog {
 public:
  /// `steps` counts them.
  Watchdog(const atomic<std::uint64_t>& steps, Timeout patience, Threads threads);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  static void* watch(void* self);
  [[noreturn]] void give_up(const char* how) const;

  const atomic<std::uint64_t>& steps_;
  const Timeout patience_;
  Impatience impatience_;
  atomic<std::uint64_t> over_{0};
  pthread_t thread_{};
  bool watches_ = false;
};

}  // namespace detail::explorer
TWILL_END
