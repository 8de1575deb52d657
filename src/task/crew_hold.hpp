#pragma once

#include <utility>

#include "park/context.hpp"
#include "task/crew_state.hpp"

TWILL_BEGIN
namespace detail {

/// Holds the crew's lock. The hooks of a guest, which take it too, do not run for that.
class Crew::State::Hold {
 public:
  explicit Hold(const State& crew) : lock_(crew.lock) { lock(); }
  ~Hold() { lock_.unlock(); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  void lock() TWILL_NO_THREAD_SAFETY_ANALYSIS {
    Context& self = self_context();
    const Hooks* const hooks = std::exchange(self.hooks, nullptr);
    lock_.lock();
    self.hooks = hooks;
  }
  void unlock() TWILL_NO_THREAD_SAFETY_ANALYSIS { lock_.unlock(); }

 private:
  Lock& lock_;
};

}  // namespace detail
TWILL_END
