#pragma once

#include <cstdint>
#include <ctime>
#include <pthread.h>
#include <sys/types.h>

#include <twill/park/deadline.hpp>
#include <twill/platform/atomic.hpp>

#include "tools/explore/engine.hpp"

TWILL_BEGIN
namespace detail::explorer {

/// Ends the process with a sentence when the thread that made it makes no step for too long, though
/// it sleeps or computes: a body that blocks outside of twill, or loops without an operation of
/// twill's. A thread that the machine does not let run is spared.
class Watchdog {
 public:
  /// `steps` counts them.
  Watchdog(const atomic<std::uint64_t>& steps, Timeout patience, Threads threads);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  static void* watch(void* self);
  bool is_asleep() const noexcept;
  std::int64_t computed() const noexcept;
  [[noreturn]] void give_up(const char* how) const;

  const atomic<std::uint64_t>& steps_;
  const std::int64_t patience_;
  const Threads threads_;
  pid_t watched_;
  clockid_t clock_{};
  atomic<std::uint64_t> over_{0};
  pthread_t thread_{};
  bool watches_ = false;
};

}  // namespace detail::explorer
TWILL_END
