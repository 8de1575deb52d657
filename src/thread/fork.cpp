#include <optional>

#include "platform/at_fork.hpp"
#include "thread/locks.hpp"
#include "thread/registry.hpp"
#include "thread/timer_service.hpp"

TWILL_BEGIN
namespace detail {

namespace locks {
constinit WordLock service, timers, registry, locals, hook;
}

namespace {

std::optional<WordLock::Guard> held[5];

void hold_all() noexcept {
  int next = 0;
  for (WordLock* lock :
       {&locks::service, &locks::timers, &locks::registry, &locks::locals, &locks::hook})
    held[next++].emplace(*lock);
}

void let_go_of_all() noexcept {
  for (auto& guard : held) guard.reset();
}

void in_child() noexcept {
  let_go_of_all();
  timers::after_fork();
  registry::after_fork();
}

/// After the door's own handler, which then runs first in the child.
[[gnu::constructor(103)]] void register_handlers() noexcept {
  at_fork(hold_all, let_go_of_all, in_child);
}

}  // namespace
}  // namespace detail
TWILL_END
