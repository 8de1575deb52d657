#include "tools/explore/seams.hpp"

#include <unistd.h>

#include "park/spin.hpp"
#include "platform/at_fork.hpp"
#include "platform/dying.hpp"
#include "tools/explore/engine.hpp"

TWILL_BEGIN
namespace detail::explorer {

const ContextKind task_kind{[](Context&, Wait& wait) noexcept { Engine::of_carrier().block(wait); },
                            [](Context& target) noexcept { Engine::of_carrier().wake(target); },
                            [](Context& child, void* (*entry)(void*), void* argument) noexcept {
                              return Engine::of_carrier().start(child, entry, argument);
                            }};

namespace {

void oversee_task(twill_operation what, const Subject& subject, const Limits* limits) {
  Engine* engine = Engine::of_caller();
  if (engine == nullptr || what == TWILL_SLEEP) return;  // a sleep comes to block()
  engine->point({.what = static_cast<std::uint8_t>(what), .subject = subject, .limits = limits});
}

constexpr Overseer overseer{oversee_task};

/// Nobody can go on after that: the thread stops where it stands.
void fail_instead_of_dying(const char* line) noexcept {
  Engine* engine = Engine::of_caller();
  if (engine == nullptr) return;
  engine->fail(Finding::misuse, line);
  engine->give_up_current();
}

bool forks = false;

/// The child would go on as a part of the same exploration.
void before_fork() {
  Engine* const engine = Engine::of_caller();
  forks = engine != nullptr;
  if (forks) engine->fail_for_fork();
}

void in_child_of_fork() {
  if (forks) _exit(127);
}

[[gnu::constructor(105)]] void register_fork_handlers() {
  twill::detail::at_fork(before_fork, nullptr, in_child_of_fork);
}

}  // namespace

Seams::Seams() noexcept {
  one_at_a_time.store(true, relaxed);
  oversee(&overseer);
  before_dying.store(fail_instead_of_dying, release);
}

Seams::~Seams() {
  oversee(nullptr);
  before_dying.store(nullptr, release);
  one_at_a_time.store(false, relaxed);
}

}  // namespace detail::explorer

using detail::explorer::Engine;
using detail::explorer::Operation;

detail::SharedCell::SharedCell(const char* name) : name_(name) {
  if (Engine* engine = Engine::of_caller()) engine->made(*this);
}

bool detail::SharedCell::uses(Use use, const void* site) const {
  Engine* engine = Engine::of_caller();
  if (engine == nullptr) return false;
  const auto what = static_cast<std::uint8_t>(Operation::read + static_cast<unsigned>(use));
  engine->use({.what = what, .subject = {this, nullptr, nullptr, site}});
  return engine->is_telling();
}

void detail::SharedCell::unchanged() const noexcept {
  if (Engine* engine = Engine::of_caller()) engine->unchanged();
}

void detail::SharedCell::done(const void* value, Text text) const {
  Engine::of_carrier().accessed(name_, text(value));
}

TWILL_END
